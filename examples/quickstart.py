"""The shortest consumer: quickstart.py BASE_DIR"""

import sys

from seawall import ConsumerStateInterpreter, FileSystemStorage, WriteAheadLog

base_dir = sys.argv[1] if len(sys.argv) > 1 else "/app/persistence"
storage = FileSystemStorage()
state_interpreter = ConsumerStateInterpreter()
with WriteAheadLog(
    state_interpreter=state_interpreter,
    storage=storage,
    service_name="my_service",
    base_dir=base_dir,
) as wal:
    client_id = "client123"
    data = {"batch": 5, "timestamp": "1621234567", "value": "some data"}
    batch_id = "5"  # batch id or any external identifier
    receipt = wal.persist(client_id, data, batch_id)
    if receipt:  # Durable now: acknowledge the message here.
        print(f"LSN {receipt.lsn} {receipt.outcome.value}")
    print(wal.retrieve(client_id))
