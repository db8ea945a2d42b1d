"""The words of the standard exchange terms, both languages side by side.

A clause starts with its code; lines are joined when read (Chinese without a space).
Both languages say the same; where they differ, the Chinese text stands (last clause).
"""

STANDARD_TEXT = """\
# PARTIES
en: Parties and formation
These are the standard exchange terms, version {version}. A member accepts them once, by an
authorised person. Each trade then concludes one computing power purchase agreement between its
buyer and its seller, made of the frozen terms of the trade and these terms. The exchange
registers, meters and settles; it is not a party.
zh: 当事人与合同成立
本文为交易所标准条款第 {version} 版，由会员的授权人员接受一次即可。此后，每笔成交
即在买方与卖方之间成立一份算力购买协议，由该笔成交锁定的条款与本标准条款共同构成。交易所负责
登记、计量与结算，不是合同当事人。
# PRODUCT
en: Product
The seller makes the contracted number of devices of the named chip model and pool available for
the buyer's sole use. Compute per device is the conversion factor frozen at the trade, in dense
FP16 or BF16, with its method: nominal, measured or laboratory.
zh: 标的
卖方将约定型号与资源池中约定数量的计算卡交由买方独占使用。单卡算力为成交时锁定的折算系数，以
稠密 FP16 或 BF16 计，并注明取得方式：标称、实测或实验室检测。
# DELIVERY_POINT
en: Delivery point
Delivery is at the named site. The round-trip time to the named city is the value contracted;
the network beyond the site is the buyer's unless a link is contracted with it.
zh: 交付点
交付地点为约定的算力中心。至约定城市的往返时延以合同值为准；除另行订购网络链路外，算力中心以
外的网络由买方负责。
# PERIOD
en: Delivery period
Delivery runs through every hour of the contracted window, which contains its start and not its
end. Hours are UTC; a delivery day is a calendar day in Asia/Shanghai.
zh: 交付期间
交付覆盖约定时段内的每一小时，含起点、不含终点。小时按协调世界时划分，交付日为北京时间自然
日。
# FIRMNESS
en: Firmness
Firm capacity is owed. Recallable capacity may be taken back after the contracted notice;
recalled hours are paid by the meter and, if the notice was kept, carry no damages. Surplus
capacity is delivered as far as it exists and carries no damages.
zh: 交付等级
固定算力必须交付。可召回算力可在约定的通知期后收回；被召回的小时按计量付费，遵守通知期的不产
生违约金。余量算力按实有情况交付，不产生违约金。
# QUANTITY
en: Quantity and metering
The quantity is counted in device-seconds, read every fifteen minutes. A device-second is
delivered when the device is held for the buyer and healthy, whether or not it is used. The
site's meter is the meter of record; its readings are chained and signed.
zh: 数量与计量
数量以卡秒计，每十五分钟读数一次。计算卡为买方保留且状态健康的每一秒即为已交付，不论买方是否
使用。以算力中心的计量为准，读数逐条链接并签名。
# PRICE
en: Price and tax
The buyer pays the contracted price per device-hour, net, for what the meter shows, and
value-added tax at the rate frozen at the order. The exchange's fee is taken from the seller at
the rate frozen at the trade. The buyer's funds are held in advance.
zh: 价格与税费
买方按计量结果支付约定的不含税卡时单价，并按下单时锁定的税率承担增值税。交易所服务费按成交时
锁定的费率由卖方承担。买方资金预先冻结。
# TAKE_OR_PAY
en: Take-or-pay
The buyer pays for {take_or_pay} of what is made available and healthy, whether or not it runs
anything there.
zh: 照付不议
对已提供且状态健康的算力，买方不论是否使用，均按 {take_or_pay} 付费。
# AVAILABILITY
en: Availability
The seller guarantees that at least {availability} of the contracted device-seconds of each
delivery period are delivered. An unhealthy device-second is not delivered. Losing telemetry
alone is not a failure to deliver: gaps are estimated and marked.
zh: 可用性
卖方保证每个交付小时内至少交付合同卡秒数的 {availability}。状态不健康的卡秒不
计为交付。仅遥测数据丢失不视为未交付，缺口数据按规则估计并注明。
# DAMAGES
en: Liquidated damages
For each delivery period, what is missing below the guarantee is compensated at {damages} of its
price, at most {damages_cap} of the period's price. Damages are settled without a claim and are
the buyer's sole remedy for that shortfall.
zh: 违约金
每个交付小时内低于保证值的缺额，按其价款的 {damages} 赔付，以该小时价款
的 {damages_cap} 为上限。违约金无须申请即予结算，并为买方就该缺额的唯一救济。
# ACCEPTANCE
en: Acceptance test
Delivery starts with a test of the devices handed over. They are accepted when their number is
complete and their compute reaches {acceptance} of the contracted figure. What is not accepted
is not delivered.
zh: 验收测试
交付以对所移交计算卡的测试开始。数量齐备且算力达到合同值的 {acceptance} 即为验
收合格；未通过验收的，视为未交付。
# MAINTENANCE
en: Maintenance
The seller may announce up to {maintenance_hours} hours of maintenance for every started thirty
days, three days ahead. Hours of maintenance are not paid and carry no damages.
zh: 维护
每起算三十日内，卖方可提前三日公告不超过 {maintenance_hours} 小时的维
护。维护时段不计费，也不产生违约金。
# FORCE_MAJEURE
en: Force majeure
A party that an event beyond its control keeps from performing says so at once and is free of
damages while it lasts. A lack of power that was contracted, a failed device and a resale at a
higher price are not such events.
zh: 不可抗力
因不能预见、不能避免且不能克服的客观情况无法履行的一方，应立即通知，并在该情况持续期间免除违
约金。已签约电力的短缺、设备故障、以更高价格转售，均不属于不可抗力。
# ASSIGNMENT
en: Assignment
The buyer may assign devices or hours that it has bought through the exchange only, to an
admitted member; the assignee takes over all rights and duties. The seller may not assign its
duty to deliver.
zh: 转让
买方只能通过交易所将已购计算卡或小时转让给已准入的会员，由受让人承受全部权利义务。卖方的交付
义务不得转让。
# TERMINATION
en: Termination
The agreement ends with its window. It may end earlier by agreement, when a party is excluded
from the exchange, or when half of the hours due in seven days were not delivered and the other
party says so. What was delivered until then is settled.
zh: 终止
协议随交付时段届满而终止。经双方同意、一方被取消会员资格，或七日内应交付小时有一半未交付且对
方提出终止的，可提前终止。终止前已交付部分照常结算。
# COMPLIANCE
en: Compliance and data
Each party keeps to the law that binds it, among it the rules on licences, network and data
security and export control. The seller does not look at the buyer's data, and wipes it within
twenty-four hours of the end.
zh: 合规与数据
双方遵守各自适用的法律，包括经营许可、网络与数据安全及出口管制的规定。卖方不得查看买方数据，
并在交付结束后二十四小时内清除。
# DISPUTES
en: Metering disputes
Either party may contest a reading within {dispute_days} days of its settlement, with evidence
that it is wrong by more than two per cent. A later settlement run then posts the difference.
Other disputes go to the exchange's mediation first.
zh: 计量争议
任何一方可在结算后 {dispute_days} 日内，凭误差超过百分之二的证据对读数提出异
议，差额由后续结算批次入账。其他争议先由交易所调解。
# LAW
en: Law and language
The law of the People's Republic of China applies. Chinese and English texts are made together;
where they differ, the Chinese text stands. The signed hash identifies the terms.
zh: 法律与语言
本协议适用中华人民共和国法律。中英文文本同时制作，不一致时以中文文本为准。所签署的哈希值用以
识别协议条款。
"""
