"""The map of the house: every module or package, its floor and its one-line role.

A module imports only from its own floor and those below; a package has one line where all of it
lies on one floor. The architecture test reads this map; a module without a line fails it.

core: nouns and rules; no files, clock, environment, network or logging:

    utils                            0  This map
    utils.core                       0  The core: nouns and rules, without files, clock

tools: one machine thing each, no business words:

    utils.clock                      1  The wall clock
    utils.env_file                   1  The file ``.env``
    utils.file_utils                 1  Files as things on a disk
    utils.io_optimizer               1  Watching a folder without waste: which files have settled
    utils.lanes                      1  Work that goes on side by side, one piece a lane
    utils.lifeline                   1  The line between a child and who started it
    utils.lookalike                  1  Names and addresses that look alike: for warnings only
    utils.mounts                     1  Which file system a path lies on
    utils.owner_settings             1  What the owner decides: one field for each variable
    utils.owner_time                 1  The owner's local time: what a time without a zone means
    utils.periods                    1  Periods that have a name: from the first day to the last
    utils.plain_file                 1  Plain files beneath an open folder: opened without tricks
    utils.private_server             1  A server on a Unix socket that only its own user reaches
    utils.redaction                  1  Takes secrets out of text
    utils.report.weeks               1  Weeks as the owner counts them
    utils.resource_monitor           1  What processes use of the machine, and its disks' room
    utils.retry_handler              1  Tries a read again when that can help
    utils.service_line               1  The line to a service: asked before every call
    utils.secret_files               1  Secrets that lie in files of their own
    utils.settings                   1  The settings: what is set, as frozen typed values
    utils.setup_logger               1  Diagnostics on stderr, one line each in UTC
    utils.systemd                    1  What systemd wants to be told
    utils.surroundings               1  What is set: the one place that reads the environment
    utils.zones                      1  What a machine without the right to send may know
    utils.variables                  1  Values that are read from variables

thinkers: data in, data out:

    utils.audit_generator            2  The weekly audit
    utils.ceo_briefing_generator     2  The Monday briefing
    utils.conflict_resolver          2  Requests that say the same thing twice or contradict …
    utils.first_answers              2  What the owner answers when the employee is set up
    utils.gmail.mailbox              2  What a watcher needs of a mailbox, wherever it lies
    utils.gmail_to_odoo_parser       2  From a mail, chat or dropped file to a Reading
    utils.item_sorting               2  Sorting what came in: how much it matters
    utils.letters                    2  What a message says: its own words, amounts, dates, lines
    utils.linkedin.little_text       2  LinkedIn's "little text"
    utils.linkedin_post_generator    2  Drafts for LinkedIn in which every claim names its source
    utils.linkedin_post_scheduler    2  When to post: the hours that the Handbook names
    utils.mail                       2  Mails as text: parts, headers, readable HTML
    utils.notices                    2  What is worth a notice on the owner's phone
    utils.odoo.invoice_totals        2  What an invoice comes to, tax included
    utils.plan_generator             2  From a Reading to a Plan: one step for each Intent
    utils.plan_updater               2  Keeping a Plan true
    utils.posts                      2  What posts on every network share: length, links, price
    utils.report                     2  The week: facts with their sources, sections of the pages
    utils.request_gist               2  What a request comes down to when it is compared with …
    utils.schedule                   2  Which weekly reports are due
    utils.sensitive_content_detector 2  What in a text needs a person's eye before anything is …
    utils.social_media_manager       2  Several networks at once: what each of them is to be told
    utils.status.page                2  The live part of the dashboard as a page: what waits
    utils.token_radar                2  Which notice is due before credentials end: fourteen
    utils.triage                     2  Triage without a model: how much an Item matters
    utils.uptimes                    2  How long processes were alive within a stretch of time
    utils.whatsapp                   2  WhatsApp chats: exports, the webhook
    utils.words                      2  Words of an agent: the numbers they say, checked

adapters: each talks to one outside thing:

    utils.audit_log                  2.5  The audit log: `Vault/Logs/YYYY-MM-DD.json`
    utils.bookmarks                  2.5  What else the journal remembers: Items, cursors
    utils.breakers                   2.5  The breakers of all services, kept in the journal
    utils.claude                     2.5  Claude Code as an untrusted client: settings, jail
    utils.database                   2.5  The database under the journal: what one must offer
    utils.first_pages                2.5  The pages that a new vault begins with
    utils.gmail                      2.5  Gmail and IMAP behind one mailbox: connection, reading
    utils.gmail_client               2.5  The typed client for Gmail: reads
    utils.google_consent             2.5  The owner's consent at Google
    utils.graph                      2.5  Facebook and Instagram behind the Graph client
    utils.graph_client               2.5  Speaks to Meta's Graph through facebook-sdk
    utils.http_client                2.5  The one place that speaks HTTP for our own adapters
    utils.journal                    2.5  The journal: the one truth about Proposals
    utils.journal_move               2.5  Moves a journal from one database to another, proven
    utils.journal_place              2.5  Where the journal of a home lies: in a file of its own
    utils.journal_reading            2.5  Reading the journal: Records, Proposals
    utils.journal_rows               2.5  Rows of the journal as values
    utils.journal_schema             2.5  The journal's tables, their version
    utils.journal_steps              2.5  Within one step of the journal: what it claims and sets
    utils.linkedin                   2.5  LinkedIn behind its client: errors, posts
    utils.linkedin_client            2.5  LinkedIn as typed calls: posts, deletions, pictures
    utils.mail.enclosures            2.5  Files of the vault that go with a mail
    utils.obsidian_settings          2.5  The vault's settings in Obsidian
    utils.log                        2.5  The audit log on the disk: its days, archive, check
    utils.machines                   2.5  The machines of one business: alive, and what each did
    utils.ntfy                       2.5  Notices to the owner's phone by ntfy: outbound only
    utils.ntfy_settings              2.5  What it takes to reach the owner's phone
    utils.odoo                       2.5  Odoo behind its client: settings, transport, look-ups
    utils.odoo_client                2.5  The typed client for Odoo: one company, reads by name
    utils.postgres                   2.5  PostgreSQL, for a business on more than one machine
    utils.posts.network_client       2.5  What the client of a network stands on
    utils.posts.picture              2.5  Fetches a picture that a post is to carry
    utils.redirects                  2.5  The way back from a sign-in in the browser
    utils.report.odoo_week           2.5  The books of one week
    utils.report.page_templates      2.5  Pages from templates: the built-in ones
    utils.report.week_log            2.5  The Records of a week, read page by page
    utils.report.week_rows           2.5  What else the journal knows of weeks: plans, uptime
    utils.sandbox                    2.5  Pretend services on loopback
    utils.settings_watch             2.5  Notices that ``.env`` or the sign-in with Google was …
    utils.sole_process               2.5  Being the only process of a home that does one thing
    utils.status                     2.5  The answer of `status`: from the journal, kept, live
    utils.vault                      2.5  The vault: the only door to the folder which the owner …
    utils.vault_folders              2.5  The vault's folders as things that can vanish
    utils.vault_listing              2.5  What lies in a folder of the vault: notes
    utils.whatsapp.archive           2.5  The file of an exported chat, opened: its text
    utils.whatsapp.cloud             2.5  The webhook for Meta's Cloud API: signed, bounded
    utils.whatsapp.connected         2.5  WhatsApp as something to connect
    utils.whatsapp.dates             2.5  The order of day, month and year in an exported chat
    utils.whatsapp.export            2.5  An exported WhatsApp chat as messages
    utils.whatsapp.items             2.5  Chat messages as Items
    utils.whatsapp.lines             2.5  The lines of an exported chat: where a message begins
    utils.whatsapp.notices           2.5  What WhatsApp itself writes into an exported chat
    utils.whatsapp.payload           2.5  What Meta's Cloud API tells in a webhook
    utils.whatsapp.settings          2.5  What it takes to hear of the owner's chats on WhatsApp
    utils.x                          2.5  X behind its client: wire, errors
    utils.x_client                   2.5  X as typed calls: posts, answers, deletions, pictures

engine: decides who acts; acts once:

    utils.acquaintances              3  Whom the business knows: by earlier Items
    utils.action_executor            3  The executor: the one place where anything is performed
    utils.alerts                     3  Notes that tell the owner something or ask him, each once
    utils.announcements              3  One note, many Outcomes
    utils.approval_gate              3  The gate: every Proposal comes in through it
    utils.caps                       3  The caps: how much may be armed within a window
    utils.autorun                    3  Claude Code at work by itself: when, and how far
    utils.catalogue                  3  The services there are, by the tools they offer
    utils.claude_setup               3  Which settings Claude Code works under: the owner's set
    utils.connecting                 3  Trying a service with values that are written nowhere yet
    utils.dashboard                  3  The one writer of `Status.md`
    utils.decision_folders           3  The owner's hand: what lies in Pending_Approval/
    utils.decisions                  3  What may be decided about a Proposal that is already …
    utils.desk                       3  The desk: the only door for faces. It previews, takes in
    utils.doctor                     3  The doctor: what may be wrong with one home
    utils.desk_client                3  The desk as a face finds it: behind its socket, or here
    utils.desk_wire                  3  What passes between a face and the desk over its socket
    utils.engine                     3  The engine put together: one home's settings, journal
    utils.far_vault                  3  The owner's vault as a machine sees it that lacks it
    utils.follow_up                  3  The follow-up
    utils.ground                     3  The ground of one home
    utils.health_monitor             3  What is to be done about a child
    utils.heartbeat_note             3  The one writer of `Heartbeat.md`
    utils.inbox                      3  The drop folder
    utils.intake                     3  The intake: from an Item that was noticed to the …
    utils.item_notes                 3  The notes of Items and Plans: where each lies
    utils.kill_switch                3  The kill switch: `STOP.md` or `orchestrator.py stop`
    utils.looking_up                 3  What an Operation's values mean in the services today
    utils.missing_notes              3  Notes that are nowhere: deleted, on their way, lost
    utils.note_copies                3  Copies and renamings that sync clients make of notes
    utils.own_desk                   3  The desk of a process of its own
    utils.parts                      3  The parts of the engine, each on its home's ground
    utils.phone                      3  Tells the owner's phone what waits and what came of it
    utils.proposal_notes             3  The note of each Proposal
    utils.reconciler                 3  The reconciler: finds out, by reads only
    utils.registry                   3  `.mcp.json` as the registry
    utils.report.audit_facts         3  Gathers what is known of a week: from the log
    utils.report.book_checks         3  What the books and the journal must agree upon before …
    utils.report.reminders           3  Gets the owner paid
    utils.report.weekly              3  The weekly reports: made from the facts of a week
    utils.report.weekly_draft        3  One draft for LinkedIn a week
    utils.revision                   3  What the owner's edit of a waiting note makes of its …
    utils.self_check                 3  What the employee looks at in itself
    utils.setting_up                 3  Setting a home up: what would be written, then written
    utils.situation                  3  What policy has to know about a Proposal
    utils.social_summary             3  What the networks tell of a week's posts
    utils.standing                   3  How everything stands, as JSON values
    utils.timetable                  3  The timetable: makes each weekly report once
    utils.token_watch                3  Tells the owner before credentials end
    utils.troubles                   3  What keeps the employee from working: told once
    utils.undoing                    3  Asks for what takes back what a Proposal did
    utils.why_waiting                3  Why what is approved does not go out yet
    utils.worker                     3  A worker: carries out what is due, on any machine
    utils.whatsapp.chat_exports      3  Exported chats taken in
    utils.words.briefing             3  Puts an agent's words on a briefing
    utils.whatsapp.chat_folder       3  A folder outside the vault in which the owner drops …

faces: show or feed the engine:

    utils.contract_docs              4  Everything written that follows from the code: pages
    utils.contracts                  4  The generated pages: contracts, the log's fields
    utils.desk_server                4  The desk behind its Unix socket
    utils.mcp_adapter                4  What a service's script becomes when it is started
    utils.tools                      4  Operations as tools of the protocol: schema, arguments
    watchers                         4  The senses: each watcher turns something that happened …

services: declare Operations; never import each other:

    mcp_server_*                     5  One service each: its Operations, declared once

commands: what the owner types:

    utils.commands                   5.5  The commands of `orchestrator.py`, one module each

roof: wires, starts, stops:

    orchestrator                     6  Takes commands, makes one pass, or stays as the daemon
    utils.roof                       6  Signals, children and the alarm; nobody else touches these
"""
