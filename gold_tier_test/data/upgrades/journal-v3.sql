BEGIN TRANSACTION;
CREATE TABLE breakers (
        service TEXT PRIMARY KEY, body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "cursors" VALUES('first page Business_Goals.md','given');
INSERT INTO "cursors" VALUES('first page Company_Handbook.md','given');
INSERT INTO "cursors" VALUES('first page Dashboard.md','given');
INSERT INTO "cursors" VALUES('rendered','5');
INSERT INTO "cursors" VALUES('tokens looked at','2026-11-23T09:00:05.000000+00:00');
CREATE TABLE heartbeats (who TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "heartbeats" VALUES('filesystem','2026-11-23T09:00:05.000000+00:00');
CREATE TABLE items (
        id TEXT PRIMARY KEY, source TEXT NOT NULL, outside INTEGER NOT NULL,
        note TEXT NOT NULL, at TEXT NOT NULL, planned_at TEXT, closed_at TEXT,
        payload TEXT NOT NULL, plan TEXT
    ) STRICT;
CREATE TABLE periods (
        key TEXT PRIMARY KEY, state TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE proposals (
        id TEXT PRIMARY KEY, version INTEGER NOT NULL, service TEXT NOT NULL,
        operation TEXT NOT NULL, state TEXT NOT NULL, digest TEXT NOT NULL,
        payee_id TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL,
        runs_at TEXT, payload TEXT NOT NULL, note TEXT NOT NULL, grp TEXT NOT NULL,
        item_id TEXT NOT NULL,
        granted_by TEXT, granted_how TEXT, granted_at TEXT, hold_until TEXT,
        armed_at TEXT, attempts INTEGER NOT NULL DEFAULT 0, not_before TEXT,
        staged TEXT NOT NULL DEFAULT '{}', outcome TEXT,
        shown INTEGER NOT NULL DEFAULT 0, filed INTEGER NOT NULL DEFAULT 0
    ) STRICT;
INSERT INTO "proposals" VALUES('p-kzx3fsa5c2',1,'odoo','odoo_create_invoice','done','97baa992055db6e1f0b7b18e627de62760d3b2e767b1e7e8405e5d0bced88bb8','9','2026-11-23T09:00:00.000000+00:00','2026-11-25T09:00:00.000000+00:00',NULL,'{"id":"p-kzx3fsa5c2","version":1,"operation":"odoo_create_invoice","effect":"spend","fields":{"customer":"billing@acme.example","lines":[{"description":"Bread","quantity":"1","unit_price":"30.00"}],"reference":"PO-1"},"particulars":{"payee_id":"9","payee":"Acme Corporation","payee_mail":"billing@acme.example","account":"","amount":"30.00","currency":"USD","base_amount":"30.00","recipients":[],"payee_known":true,"reference":"PO-1","warnings":[],"shown":{"Lines":"1 × Bread at 30.00","Tax":"none","Date":"2026-11-22","Due":"2026-12-22"},"resolved":{"draft":{"move_type":"out_invoice","partner_id":"9","currency_id":"1","invoice_date":"2026-11-22","invoice_date_due":"2026-12-22","ref":"PO-1","lines":[{"name":"Bread","quantity":"1","price_unit":"30.00","tax_ids":""}]}}},"headline":"Draft an invoice to Acme Corporation: USD 30.00","origin":{"source":"mcp","item_id":null,"outside":false,"link":""},"state":"granted","reason":"Money is never moved without you.","rule":"ask","warnings":[],"evidence":[],"undo":"Delete the draft in Odoo; it counts for nothing until it is posted.","created_at":"2026-11-23T09:00:00Z","expires_at":"2026-11-25T09:00:00Z","runs_at":null,"revised_at":"2026-11-23T09:00:00Z","group":"","note":"2026-11-23-odoo_create_invoice-Acme-Corporation-p-kzx3fsa5c2.md"}','2026-11-23-odoo_create_invoice-Acme-Corporation-p-kzx3fsa5c2.md','','','owner','drag','2026-11-23T09:00:05.000000+00:00','2026-11-23T09:00:05.000000+00:00','2026-11-23T09:00:05.000000+00:00',1,'2026-11-23T09:00:20.000000+00:00','{"draft":"8"}','{"kind":"done","detail":"Draft of USD 30.00 for Acme Corporation (id 8) is in Odoo.","remote_id":"8","url":"http://127.0.0.1:45485/web#id=8&model=account.move&view_type=form","data":{"total":"30.00","currency":"USD","due":"2026-12-22"}}',1,1);
INSERT INTO "proposals" VALUES('p-nwr83gygrd',1,'odoo','odoo_create_invoice','pending','6f0fcc316edf922db7c92d06730402eeb884a1006ba48054888130fd39341329','9','2026-11-23T09:05:05.000000+00:00','2026-11-25T09:05:05.000000+00:00',NULL,'{"id":"p-nwr83gygrd","version":1,"operation":"odoo_create_invoice","effect":"spend","fields":{"customer":"billing@acme.example","lines":[{"description":"Bread","quantity":"3","unit_price":"50.00"}],"reference":"PO-2"},"particulars":{"payee_id":"9","payee":"Acme Corporation","payee_mail":"billing@acme.example","account":"","amount":"150.00","currency":"USD","base_amount":"150.00","recipients":[],"payee_known":true,"reference":"PO-2","warnings":[],"shown":{"Lines":"3 × Bread at 50.00","Tax":"none","Date":"2026-11-22","Due":"2026-12-22"},"resolved":{"draft":{"move_type":"out_invoice","partner_id":"9","currency_id":"1","invoice_date":"2026-11-22","invoice_date_due":"2026-12-22","ref":"PO-2","lines":[{"name":"Bread","quantity":"3","price_unit":"50.00","tax_ids":""}]}}},"headline":"Draft an invoice to Acme Corporation: USD 150.00","origin":{"source":"mcp","item_id":null,"outside":false,"link":""},"state":"pending","reason":"It is above your limit of USD 100.","rule":"amount","warnings":[],"evidence":[],"undo":"Delete the draft in Odoo; it counts for nothing until it is posted.","created_at":"2026-11-23T09:05:05Z","expires_at":"2026-11-25T09:05:05Z","runs_at":null,"revised_at":"2026-11-23T09:05:05Z","group":"","note":"2026-11-23-odoo_create_invoice-Acme-Corporation-p-nwr83gygrd.md"}','2026-11-23-odoo_create_invoice-Acme-Corporation-p-nwr83gygrd.md','','',NULL,NULL,NULL,NULL,NULL,0,NULL,'{}',NULL,1,0);
CREATE TABLE records (
        seq INTEGER PRIMARY KEY, day TEXT NOT NULL, body TEXT NOT NULL,
        proposal_id TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT;
INSERT INTO "records" VALUES(1,'2026-11-23','{"action":"odoo_create_invoice","actor":"gate","approval_status":"asked","domain_link":"","duration_ms":null,"error":"","hash":"9974f4e608017c503f0fe4205e1145b5f3f4b1d25a3c90834ba003d68f1a6e7d","id":"r-1","parameters":{"amount":"30.00","currency":"USD","digest":"97baa992055db6e1f0b7b18e627de62760d3b2e767b1e7e8405e5d0bced88bb8","fields":{"customer":"billing@acme.example","lines":[{"description":"Bread","quantity":"1","unit_price":"30.00"}],"reference":"PO-1"},"origin":"mcp","payee":"Acme Corporation","rule":"ask","version":1},"prev":"0000000000000000000000000000000000000000000000000000000000000000","proposal_id":"p-kzx3fsa5c2","result":"pending","timestamp":"2026-11-23T09:00:00.000000+00:00"}','p-kzx3fsa5c2','9974f4e608017c503f0fe4205e1145b5f3f4b1d25a3c90834ba003d68f1a6e7d');
INSERT INTO "records" VALUES(2,'2026-11-23','{"action":"odoo_create_invoice","actor":"owner","approval_status":"granted_by_owner","domain_link":"","duration_ms":null,"error":"","hash":"14c56fd2b5875a5160b79f29fc242907452e8d82b1e15f07552ab1fa9bd2440f","id":"r-2","parameters":{"amount":"30.00","currency":"USD","digest":"97baa992055db6e1f0b7b18e627de62760d3b2e767b1e7e8405e5d0bced88bb8","fields":{"customer":"billing@acme.example","lines":[{"description":"Bread","quantity":"1","unit_price":"30.00"}],"reference":"PO-1"},"how":"drag","origin":"mcp","payee":"Acme Corporation","rule":"ask","version":1},"prev":"9974f4e608017c503f0fe4205e1145b5f3f4b1d25a3c90834ba003d68f1a6e7d","proposal_id":"p-kzx3fsa5c2","result":"granted","timestamp":"2026-11-23T09:00:05.000000+00:00"}','p-kzx3fsa5c2','14c56fd2b5875a5160b79f29fc242907452e8d82b1e15f07552ab1fa9bd2440f');
INSERT INTO "records" VALUES(3,'2026-11-23','{"action":"odoo_create_invoice","actor":"executor","approval_status":"granted_by_owner","domain_link":"","duration_ms":null,"error":"","hash":"b4a35d86a4a03efd5097285382045721da8fefe33cdd3438a15ac6c7b9edee24","id":"r-3","parameters":{"amount":"30.00","currency":"USD","digest":"97baa992055db6e1f0b7b18e627de62760d3b2e767b1e7e8405e5d0bced88bb8","fields":{"customer":"billing@acme.example","lines":[{"description":"Bread","quantity":"1","unit_price":"30.00"}],"reference":"PO-1"},"origin":"mcp","payee":"Acme Corporation","rule":"ask","version":1},"prev":"14c56fd2b5875a5160b79f29fc242907452e8d82b1e15f07552ab1fa9bd2440f","proposal_id":"p-kzx3fsa5c2","result":"armed","timestamp":"2026-11-23T09:00:05.000000+00:00"}','p-kzx3fsa5c2','b4a35d86a4a03efd5097285382045721da8fefe33cdd3438a15ac6c7b9edee24');
INSERT INTO "records" VALUES(4,'2026-11-23','{"action":"odoo_create_invoice","actor":"executor","approval_status":"granted_by_owner","domain_link":"","duration_ms":28,"error":"","hash":"9e03a2b794726885509be0d5b4c441091fc443dbed36cdb1d69e66beb7e5c130","id":"r-4","parameters":{"amount":"30.00","currency":"USD","digest":"97baa992055db6e1f0b7b18e627de62760d3b2e767b1e7e8405e5d0bced88bb8","due":"2026-12-22","fields":{"customer":"billing@acme.example","lines":[{"description":"Bread","quantity":"1","unit_price":"30.00"}],"reference":"PO-1"},"origin":"mcp","payee":"Acme Corporation","remote_id":"8","rule":"ask","total":"30.00","url":"http://127.0.0.1:45485/web#id=8&model=account.move&view_type=form","version":1},"prev":"b4a35d86a4a03efd5097285382045721da8fefe33cdd3438a15ac6c7b9edee24","proposal_id":"p-kzx3fsa5c2","result":"done","timestamp":"2026-11-23T09:00:05.000000+00:00"}','p-kzx3fsa5c2','9e03a2b794726885509be0d5b4c441091fc443dbed36cdb1d69e66beb7e5c130');
INSERT INTO "records" VALUES(5,'2026-11-23','{"action":"odoo_create_invoice","actor":"gate","approval_status":"asked","domain_link":"","duration_ms":null,"error":"","hash":"be4fad277d29816d817da7fb469fb9386095da9fd90216f084be1b39479df259","id":"r-5","parameters":{"amount":"150.00","currency":"USD","digest":"6f0fcc316edf922db7c92d06730402eeb884a1006ba48054888130fd39341329","fields":{"customer":"billing@acme.example","lines":[{"description":"Bread","quantity":"3","unit_price":"50.00"}],"reference":"PO-2"},"origin":"mcp","payee":"Acme Corporation","rule":"amount","version":1},"prev":"9e03a2b794726885509be0d5b4c441091fc443dbed36cdb1d69e66beb7e5c130","proposal_id":"p-nwr83gygrd","result":"pending","timestamp":"2026-11-23T09:05:05.000000+00:00"}','p-nwr83gygrd','be4fad277d29816d817da7fb469fb9386095da9fd90216f084be1b39479df259');
CREATE TABLE seen (
        source TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (source, id)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE spent (
        proposal_id TEXT NOT NULL, attempt INTEGER NOT NULL, kind TEXT NOT NULL,
        amount INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (proposal_id, attempt, kind)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "spent" VALUES('p-kzx3fsa5c2',1,'money',3000,'2026-11-23T09:00:05.000000+00:00');
CREATE TABLE uptime (
        who TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, PRIMARY KEY (who, since)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "uptime" VALUES('filesystem','2026-11-23T09:00:05.000000+00:00','2026-11-23T09:00:05.000000+00:00');
CREATE INDEX proposals_by_state ON proposals (state, created_at);
CREATE INDEX proposals_by_payee ON proposals (operation, payee_id, created_at);
CREATE INDEX proposals_let_through ON proposals (payee_id, granted_at)
        WHERE granted_by = 'policy';
CREATE INDEX proposals_by_time ON proposals (operation, created_at);
CREATE INDEX proposals_unfiled ON proposals (filed, state) WHERE filed = 0;
CREATE UNIQUE INDEX proposals_by_note ON proposals (note);
CREATE INDEX proposals_by_group ON proposals (grp) WHERE grp <> '';
CREATE INDEX proposals_by_item ON proposals (item_id) WHERE item_id <> '';
CREATE INDEX records_by_day ON records (day, seq);
CREATE INDEX records_by_proposal ON records (proposal_id, seq) WHERE proposal_id <> '';
CREATE INDEX items_open ON items (at) WHERE closed_at IS NULL;
CREATE INDEX items_unplanned ON items (at) WHERE planned_at IS NULL;
CREATE INDEX uptime_by_end ON uptime (until);
CREATE INDEX spent_by_kind ON spent (kind, at);
COMMIT;
PRAGMA user_version=3;
