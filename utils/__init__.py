"""The map of the house: every module or package, its floor and its one-line role.

A module imports only from its own floor and those below; a package has one line where all of it
lies on one floor. The architecture test reads this map; a module without a line fails it.

core: nouns and rules; no files, clock, environment, network or logging:

    utils                            0  This map
    utils.core                       0  The core: nouns and rules, without files, clock

tools: one machine thing each, no business words:

    utils.environment                1  What is set: variables, ``.env``, secrets in files
    utils.file_utils                 1  Files as things on a disk
    utils.io_optimizer               1  Watching a folder without waste: which files have settled
    utils.lookalike                  1  Names and addresses that look alike: for warnings only
    utils.redaction                  1  Takes secrets out of text
    utils.resource_monitor           1  What processes use of the machine, and its disks' room
    utils.retry_handler              1  Tries a read again when that can help
    utils.service_line               1  The line to a service: asked before every call
    utils.settings                   1  The settings: what is set, as frozen typed values
    utils.setup_logger               1  Diagnostics on stderr, one line each in UTC
    utils.system                     1  What the operating system offers: files, sockets, lines
    utils.times                      1  Time as the owner lives it: the clock, his zone, weeks

thinkers: data in, data out:

    utils.audit_generator            2  The weekly audit
    utils.ceo_briefing_generator     2  The Monday briefing
    utils.conflict_resolver          2  Requests that say the same thing twice or contradict
    utils.credentials.radar          2  Which notice is due before credentials end
    utils.gmail.mailbox              2  What a watcher needs of a mailbox, wherever it lies
    utils.gmail_to_odoo_parser       2  From a mail, chat or dropped file to a Reading
    utils.incoming.sorting           2  Sorting what came in: how much it matters
    utils.incoming.triage            2  Triage without a model: how much an Item matters
    utils.letters                    2  What a message says: its own words, amounts, dates, lines
    utils.linkedin.little_text       2  LinkedIn's "little text"
    utils.linkedin_post_generator    2  Drafts for LinkedIn in which every claim names its source
    utils.linkedin_post_scheduler    2  When to post: the hours that the Handbook names
    utils.mail                       2  Mails as text: parts, headers, readable HTML
    utils.odoo.invoice_totals        2  What an invoice comes to, tax included
    utils.phone.notices              2  What is worth a notice on the owner's phone
    utils.plan_generator             2  From a Reading to a Plan: one step for each Intent
    utils.plan_updater               2  Keeping a Plan true
    utils.posts                      2  What posts on every network share: length, links, price
    utils.report                     2  The week: facts with their sources, sections of the pages
    utils.request_gist               2  What a request comes down to: payee, sum, reference, due
    utils.sensitive_content_detector 2  What in a text needs a person's eye
    utils.setup.first_answers        2  What the owner answers when the employee is set up
    utils.social_media_manager       2  Several networks at once: what each of them is to be told
    utils.status.page                2  The live part of the dashboard as a page: what waits
    utils.words                      2  Words of an agent: the numbers they say, checked

adapters: each talks to one outside thing:

    utils.audit_log                  2.5  The audit log: `Vault/Logs/YYYY-MM-DD.json`
    utils.claude                     2.5  Claude Code as an untrusted client: settings, jail
    utils.credentials.settings_watch 2.5  Notices that ``.env`` or a sign-in was written anew
    utils.gmail                      2.5  Gmail and IMAP behind one mailbox: connection, reading
    utils.gmail_client               2.5  The typed client for Gmail: reads, drafts, sends drafts
    utils.graph                      2.5  Facebook and Instagram behind the Graph client
    utils.graph_client               2.5  Speaks to Meta's Graph through facebook-sdk
    utils.http                       2.5  HTTP behind its client: answers, what failures mean
    utils.http_client                2.5  The one place that speaks HTTP for our own adapters
    utils.journal                    2.5  The journal: the one truth about Proposals
    utils.linkedin                   2.5  LinkedIn behind its client: errors, posts
    utils.linkedin_client            2.5  LinkedIn as typed calls: posts, deletions, pictures
    utils.log                        2.5  The audit log on the disk: its days, archive, check
    utils.mail.enclosures            2.5  Files of the vault that go with a mail
    utils.obsidian                   2.5  The vault as Obsidian and sync clients treat it
    utils.odoo                       2.5  Odoo behind its client: settings, transport, look-ups
    utils.odoo_client                2.5  The typed client for Odoo: no write that is not listed
    utils.phone.ntfy                 2.5  Notices to the owner's phone by ntfy: outbound only
    utils.phone.settings             2.5  What it takes to reach the owner's phone
    utils.postgres                   2.5  PostgreSQL, for a business on more than one machine
    utils.posts.network_client       2.5  What the client of a network stands on
    utils.posts.network_errors       2.5  What an answer means that is an error, on any network
    utils.posts.picture              2.5  Fetches a picture that a post is to carry
    utils.report.odoo_week           2.5  The books of one week
    utils.report.page_templates      2.5  Pages from templates: the built-in ones
    utils.report.week_log            2.5  The Records of a week, read page by page
    utils.report.week_rows           2.5  What else the journal knows of weeks: plans, uptime
    utils.sandbox                    2.5  Pretend services on loopback
    utils.sole_process               2.5  Being the only process of a home that does one thing
    utils.status                     2.5  The answer of `status`: from the journal, kept, live
    utils.storage                    2.5  Under the journal: databases, tables, steps, bookmarks
    utils.vault                      2.5  The only door to the folder which the owner sees
    utils.whatsapp                   2.5  WhatsApp: exported chats as Items, and Meta's webhook
    utils.x                          2.5  X behind its client: wire, errors
    utils.x_client                   2.5  X as typed calls: posts, answers, deletions, pictures

engine: decides who acts; acts once:

    utils.action_executor            3  The executor: the one place where anything is performed
    utils.approval                   3  Who decides about a Proposal: facts, caps, the owner
    utils.approval_gate              3  The gate: every Proposal comes in through it
    utils.assembly                   3  The engine put together on the ground of one home
    utils.catalogue                  3  The services there are, by the tools they offer
    utils.claude.autorun             3  Claude Code at work by itself: when, and how far
    utils.claude.setup               3  Which settings Claude Code works under: the owner's set
    utils.credentials                3  Credentials that are tried, end or are written anew
    utils.desk                       3  The only door for faces: previews, takes in, reads, tells
    utils.desk_socket                3  The desk over its Unix socket: both ends of it
    utils.doctor                     3  The doctor: what may be wrong with one home
    utils.execution                  3  What is carried out, looked into, taken back, follows
    utils.health                     3  How the employee itself is, and what keeps it from work
    utils.health_monitor             3  What is to be done about a child: pure
    utils.incoming                   3  What comes in: taken in once, read, planned, sorted
    utils.owner_notes                3  Notes that the employee writes and finds again
    utils.phone                      3  The owner's phone: what it is told, and how
    utils.registry                   3  `.mcp.json` as the registry of services
    utils.report.audit_facts         3  Gathers what is known of a week, each with its source
    utils.report.book_checks         3  What books and journal must agree upon before a page
    utils.report.connected_books     3  The books, where a service that keeps them is connected
    utils.report.reminders           3  Gets the owner paid: drafts of reminders
    utils.report.social_summary      3  What the networks tell of a week's posts
    utils.report.timetable           3  The timetable: makes each weekly report once
    utils.report.weekly              3  The weekly reports: made from the facts of a week
    utils.report.weekly_draft        3  One draft for LinkedIn a week, always asked
    utils.setup                      3  Setting a home up: questions, and what is written
    utils.status.standing            3  How everything stands, as JSON values
    utils.whatsapp.chat_exports      3  Exported chats taken in
    utils.whatsapp.chat_folder       3  A folder for exported chats outside the vault
    utils.words.briefing             3  Takes in an agent's words for a briefing

faces: show or feed the engine:

    utils.contract_docs              4  Everything written that follows from the code: pages
    utils.contracts                  4  The generated pages: contracts, the log's fields
    utils.desk_socket.server         4  The desk behind its Unix socket
    utils.mcp_adapter                4  What a service's script becomes when it is started
    utils.tools                      4  Operations as tools of the protocol: schema, arguments
    watchers                         4  The senses: each turns something that happened into Items

services: declare Operations; never import each other:

    mcp_server_*                     5  One service each: its Operations, declared once

commands: what the owner types:

    utils.commands                   5.5  The commands of `orchestrator.py`, one module each

roof: wires, starts, stops:

    orchestrator                     6  Takes commands, makes one pass, or stays as the daemon
    utils.roof                       6  Signals, children and the alarm: nobody else's
"""
