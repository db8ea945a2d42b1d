"""Addresses of the room's pages."""

from django.urls import path

from delivery.pages import (
    agents,
    connectors,
    data,
    deliveries,
    disputes,
    jobs,
    links,
    queue,
    recalls,
    shells,
    standing_rules,
    surveys,
)

app_name = "delivery"
urlpatterns = [
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", deliveries.delivery_page, name="delivery"),
    path("deliveries/<int:pk>/contest/", disputes.contest, name="contest"),
    path("deliveries/<int:pk>/data/", data.data, name="data"),
    path("datasets/<int:pk>/withdraw/", data.withdraw, name="withdraw_data"),
    path("datasets/<int:pk>/again/", data.again, name="stage_data_again"),
    path("meter-disputes/", disputes.disputes, name="disputes"),
    path("meter-disputes/<int:pk>/", disputes.dispute_page, name="dispute"),
    path("deliveries/<int:pk>/recall/", recalls.recall, name="recall"),
    path("link-deliveries/", links.link_deliveries, name="link_deliveries"),
    path("link-deliveries/<int:pk>/", links.link_delivery_page, name="link_delivery"),
    path("deliveries/<int:pk>/sessions/", shells.sessions, name="sessions"),
    path("queue/", queue.queue, name="queue"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job_page, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="cancel_job"),
    path("jobs/<int:pk>/endpoint/", jobs.endpoint, name="job_endpoint"),
    path("jobs/<int:pk>/certificate/", shells.certificate, name="session_certificate"),
    path("jobs/<int:pk>/known-hosts/", shells.known_hosts, name="session_known_hosts"),
    path("jobs/<int:pk>/files/<int:output_id>/", jobs.file, name="job_file"),
    path("job-groups/<int:pk>/cancel/", jobs.cancel_all, name="cancel_group"),
    path("connectors/", connectors.connectors, name="connectors"),
    path("site-agents/", agents.site_agents, name="site_agents"),
    path("site-agents/<str:name>/revoke/", agents.revoke, name="revoke_agent"),
    path("idle/", surveys.idle_hours, name="idle"),
    path("idle/list/", surveys.take_up, name="list_proposal"),
    path("idle/dismiss/", surveys.turn_down, name="dismiss_proposal"),
    path("idle/<int:pool_id>/", surveys.pool_page, name="idle_pool"),
    path("idle/<int:pool_id>/survey/", surveys.survey_now, name="survey_now"),
    path("idle/<int:pool_id>/rule/", standing_rules.rule_page, name="standing_rule"),
    path("idle/<int:pool_id>/rule/off/", standing_rules.rule_off, name="standing_rule_off"),
]
