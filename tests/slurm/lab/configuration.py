"""The cluster's configuration files; standard library only."""

import socket

from layout import CORES_PER_NODE, DEVICES_PER_NODE, NODES, Layout

SLURMDBD = """\
AuthType=auth/munge
AuthInfo=socket={munge_socket}
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={jwt_key}
DbdHost=localhost
DbdPort={slurmdbd_port}
SlurmUser=slurm
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={mariadb_port}
StorageUser=slurm
StoragePass=lab
StorageLoc=slurm_acct_db
LogFile={root}/log/slurmdbd.log
PidFile={root}/pid/slurmdbd.pid
"""

SLURM = """\
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={slurmctld_port}
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket={munge_socket}
CredType=cred/munge
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={jwt_key}
StateSaveLocation={root}/ctld
SlurmdSpoolDir={root}/spool/%n
SlurmctldPidFile={root}/pid/slurmctld.pid
SlurmdPidFile={root}/pid/%n.pid
SlurmctldLogFile={root}/log/slurmctld.log
SlurmdLogFile={root}/log/%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort={slurmdbd_port}
AccountingStoragePass={munge_socket}
AccountingStorageTRES=gres/gpu,gres/gpu:h800
AccountingStorageEnforce=associations,limits,qos,safe
JobCompType=jobcomp/none
MpiDefault=none
ReturnToService=1
MessageTimeout=3
SlurmctldTimeout=3
SlurmdTimeout=10
KillWait=2
MinJobAge=300
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
MailProg=/bin/true
{nodes}
PartitionName=market Nodes={node_names} Default=YES MaxTime=INFINITE State=UP
"""

NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cores}"
    " RealMemory=2000 Gres=gpu:h800:{devices} State=UNKNOWN"
)
GRES = "NodeName={name} Name=gpu Type=h800 File={root}/gpu/nvidia[0-{last}]\n"


def files_of(at: Layout) -> dict[str, str]:
    """Return the content of each file by its name."""
    host = socket.gethostname().partition(".")[0]
    of_nodes = {"host": host, "cores": CORES_PER_NODE, "devices": DEVICES_PER_NODE}
    nodes = [NODE.format(name=name, port=at.ports[name], **of_nodes) for name in NODES]
    words = {
        "root": at.root,
        "host": host,
        "munge_socket": at.munge_socket,
        "jwt_key": at.jwt_key,
        "nodes": "\n".join(nodes),
        "node_names": ",".join(NODES),
        **{f"{name}_port": port for name, port in at.ports.items()},
    }
    last = DEVICES_PER_NODE - 1
    return {
        "slurm.conf": SLURM.format(**words),
        "slurmdbd.conf": SLURMDBD.format(**words),
        "gres.conf": "".join(GRES.format(name=name, root=at.root, last=last) for name in NODES),
    }
