"""The map of the house: every module, its floor and its one-line role.

A module imports only from its own floor and those below. The architecture test reads this map;
a module without a line fails it.

core: nouns and rules; no files, clock, environment, network or logging:

    utils                            0  This map
    utils.core                       0  The core: nouns and rules, without files, clock

tools: one machine thing each, no business words:

    utils.clock                      1  The wall clock, so that time can be an argument
    utils.env_file                   1  The file `.env`: variables written into it so that they
    utils.file_utils                 1  Files as things on a disk: written so that no crash tears
    utils.io_optimizer               1  Watching a folder without waste: which files have
    utils.lookalike                  1  Names and addresses that look alike: for warnings only
    utils.owner_settings             1  What the owner decides: one field for each variable, with
    utils.owner_time                 1  The owner's local time: what a time without a zone means
    utils.periods                    1  Periods that have a name: from the first day to the last
    utils.plain_file                 1  Plain files beneath an open folder: opened without
    utils.redaction                  1  Takes secrets out of text, whatever form they were
    utils.retry_handler              1  Tries a read again when that can help; a write is never
    utils.settings                   1  The settings: the one place that reads the environment
    utils.setup_logger               1  Diagnostics on stderr, one line each in UTC, with every
    utils.variables                  1  Values that are read from variables, and what the owner
    utils.weeks                      1  Weeks as the owner counts them: Monday 00:00 to Sunday

thinkers: data in, data out:

    utils.audit_generator            2  The weekly audit: from the facts of a week to a page on
    utils.audit_sections             2  The sections of the audit that tell what was done: from
    utils.books                      2  The books of one week as values: sums, and the documents
    utils.briefing_money             2  The briefing's sections on money: the numbers with a
    utils.briefing_sections          2  The briefing's sections beside money: decisions, what
    utils.ceo_briefing_generator     2  The Monday briefing: one page that begins with what the
    utils.charsets                   2  Bytes as text, whatever encoding they claim to be in
    utils.charts                     2  Charts as SVG: signed bars over a true zero line
    utils.conflict_resolver          2  Requests that say the same thing twice or contradict each
    utils.figures                    2  Figures as they stand on a page: what is shown, the exact
    utils.gmail_to_odoo_parser       2  From a mail, chat or dropped file to a Reading, its
    utils.goals                      2  The owner's goals, read from `Business_Goals.md`: one
    utils.hidden_html                2  Text that an HTML page holds and does not show, found and
    utils.html_text                  2  HTML as the text that a person would read, without what
    utils.invoice_totals             2  What an invoice comes to, tax included, before anybody is
    utils.item_sorting               2  Sorting what came in: how much it matters, whom it is
    utils.letters                    2  What a message says: its own words, amounts, dates
    utils.linkedin_post_generator    2  Drafts for LinkedIn in which every claim names its
    utils.linkedin_post_scheduler    2  When to post: the hours that the Handbook names, minus
    utils.little_text                2  LinkedIn's "little text": plain words in which fifteen
    utils.mail_answering             2  The answer to a mail: to whom, under which subject, in
    utils.mail_fields                2  What a mail's fields may hold: people, a subject and a
    utils.mail_headers               2  The headers of a mail as values, however broken they are
    utils.mail_parts                 2  The parts of a mail: the text a reader would see, and the
    utils.mail_text                  2  A mail as values: who, when, what was said and what came
    utils.mail_writing               2  A mail as the bytes that travel; the same values always
    utils.mailbox                    2  What a watcher needs of a mailbox, wherever it lies: the
    utils.money_sections             2  The sections of the audit about money: the books of the
    utils.pdf_text                   2  The text of a PDF, as far as it can be had in little time
    utils.plan_generator             2  From a Reading to a Plan: one step for each Intent, and
    utils.plan_updater               2  Keeping a Plan true: marks the steps that are done and
    utils.post_fields                2  Fields that posts on every network share, and the picture
    utils.post_length                2  How each network counts a post, and what stands in the
    utils.post_links                 2  Finds the links in a post the way X does, bare domains
    utils.post_price                 2  What X charges for what we do there, in US dollars
    utils.post_sections              2  The sections of the audit about posts: what went out
    utils.recurring_bills            2  What comes back: subscriptions among vendors' bills
    utils.reminder_letters           2  Reminders to customers who are late: when the next one
    utils.report_page                2  The parts of a report's page: rows of figures, lines of
    utils.request_gist               2  What a request comes down to when it is compared with
    utils.schedule                   2  Which weekly reports are due: decided from the clock and
    utils.sensitive_content_detector 2  What in a text needs a person's eye before anything is
    utils.social_media_manager       2  Several networks at once: what each of them is to be
    utils.status_page                2  The live part of the dashboard as a page: what waits
    utils.style_rules                2  Style sheets as far as they decide whether text is seen
    utils.style_selectors            2  Selectors of style sheets: which elements of a page a
    utils.style_values               2  Lengths and colours as style sheets write them
    utils.token_radar                2  Which notice is due before credentials end: fourteen
    utils.top_level_domains          2  The names of all top-level domains: by them a bare
    utils.triage                     2  Triage without a model: how much an Item matters, and
    utils.unusual                    2  What is unusual about a week: each finding with its
    utils.uptimes                    2  How long processes were alive within a stretch of time
    utils.web_address                2  Addresses that a service of other people is asked to load
    utils.week_activity              2  What happened in a week, counted from its Records one by
    utils.week_facts                 2  Everything that is known of one week, gathered once and

adapters: each talks to one outside thing:

    utils.audit_log                  2.5  The audit log: `Vault/Logs/YYYY-MM-DD.json`, rendered
    utils.bookmarks                  2.5  What else the journal remembers: Items, cursors, what
    utils.database                   2.5  The SQLite database under the journal: opened safely
    utils.facebook_page              2.5  One Page on Facebook: its posts, its comments, and the
    utils.first_pages                2.5  The pages that a new vault begins with; from then on they
    utils.gmail_client               2.5  The typed client for Gmail: reads, and drafts that can
    utils.gmail_connection           2.5  The connection to Gmail: who we are, what a call costs
    utils.gmail_errors               2.5  What Gmail's answers mean, in one table
    utils.gmail_mailbox              2.5  New mails over Gmail's own interface: its history tells
    utils.gmail_reading              2.5  Mails as a model may read them: cleaned, fenced as
    utils.gmail_sending              2.5  How a mail goes out at most once: written as a draft
    utils.gmail_settings             2.5  What it takes to reach the owner's mail
    utils.gmail_values               2.5  What Gmail's answers hold, as values
    utils.google_consent             2.5  The owner's consent at Google: from the address to open
    utils.google_token               2.5  The sign-in with Google: an access token for an hour at
    utils.graph_client               2.5  Speaks to Meta's Graph through facebook-sdk, whose way
    utils.graph_errors               2.5  What the Graph's errors mean: one table, judged by
    utils.graph_fields               2.5  The fields that Facebook's and Instagram's tools share
    utils.graph_heard                2.5  What the Graph says in the headers of its answers: its
    utils.graph_picture              2.5  The picture of a post, looked at before Facebook or
    utils.graph_reading              2.5  What is read in the same way from Facebook and
    utils.graph_settings             2.5  What it takes to reach Meta's Graph, for a Page on
    utils.http_client                2.5  The one place that speaks HTTP for our own adapters
    utils.imap_mailbox               2.5  New mails over IMAP, for mailboxes without Gmail's own
    utils.instagram_account          2.5  One professional account on Instagram: its posts, its
    utils.instagram_publishing       2.5  How a picture is published on Instagram, and how to
    utils.journal                    2.5  The journal: the one truth about Proposals, what became
    utils.journal_rows               2.5  Rows of the journal as values
    utils.journal_schema             2.5  The journal's tables, their version, and how an older
    utils.linkedin_client            2.5  LinkedIn as typed calls: posts, deletions, pictures
    utils.linkedin_errors            2.5  What LinkedIn's answers mean: one table from status to
    utils.linkedin_post              2.5  A post as LinkedIn takes it
    utils.linkedin_settings          2.5  What it takes to reach LinkedIn
    utils.mail_enclosures            2.5  Files of the vault that go with a mail: looked at when
    utils.odoo_allowed               2.5  What the program may do in Odoo, whatever an Operation
    utils.odoo_asked                 2.5  Invoices and bills as they are asked for, before
    utils.odoo_client                2.5  The typed client for Odoo: one company, reads by name
    utils.odoo_connection            2.5  One Odoo and one company in it: which version speaks
    utils.odoo_contacts              2.5  Contacts: making one under an external id of ours, and
    utils.odoo_credit_notes          2.5  Credit notes as they are asked for, and what one means
    utils.odoo_credit_steps          2.5  Crediting an invoice or bill, wholly or in part
    utils.odoo_drafts                2.5  Drafts in Odoo: from what is asked to the exact rows
    utils.odoo_errors                2.5  What Odoo's errors mean: judged by their name, never by
    utils.odoo_figures               2.5  The figures of one company: what came in, what went
    utils.odoo_invoices              2.5  Invoices and bills as drafts: what one means in Odoo
    utils.odoo_key                   2.5  How long the robot user's key is good for; Odoo deletes
    utils.odoo_lines                 2.5  The lines of an invoice or bill with everything looked
    utils.odoo_lookup                2.5  Finds in Odoo what a name means: exactly one record, or
    utils.odoo_moves                 2.5  Finds an invoice, bill or credit note by its number
    utils.odoo_payee                 2.5  What Odoo knows about a customer or vendor: earlier
    utils.odoo_payment_doubts        2.5  What is odd about a payment that is to be recorded: too
    utils.odoo_payment_steps         2.5  Recording that an invoice or bill was paid; no bank is
    utils.odoo_payments              2.5  Payments as they are asked for, and what one means in
    utils.odoo_posting               2.5  Posting a draft: from here on it counts, and it has a
    utils.odoo_recipe                2.5  What every change in Odoo has in common: looked up
    utils.odoo_requests              2.5  Calls as they go out, made without a connection, so
    utils.odoo_settings              2.5  What it takes to reach Odoo
    utils.odoo_transport             2.5  The two ways of speaking to Odoo behind one interface
    utils.odoo_values                2.5  Values as Odoo's interfaces show them, and what they mean
    utils.odoo_week                  2.5  The books of one week, with the documents behind the
    utils.page_templates             2.5  Pages from templates: the built-in ones, or the owner's
    utils.picture                    2.5  Fetches a picture that a post is to carry, from the
    utils.redirects                  2.5  The way back from a sign-in in the browser: a listener
    utils.sandbox                    2.5  Pretend services on loopback: they answer like the real
    utils.settings_watch             2.5  Notices that `.env` or the sign-in with Google was
    utils.status_rows                2.5  What the journal knows of how everything stands: what was
    utils.vault                      2.5  The vault: the only door to the folder which the owner
    utils.vault_folders              2.5  The vault's folders as things that can vanish: opened
    utils.vault_listing              2.5  What lies in a folder of the vault: notes, and the
    utils.week_log                   2.5  The Records of a week, read page by page, and checked
    utils.week_rows                  2.5  What else the journal knows of weeks: plans, uptime, and
    utils.whatsapp_archive           2.5  The file of an exported chat, opened: its text, and
    utils.whatsapp_cloud             2.5  The webhook for Meta's Cloud API: signed, bounded, and
    utils.whatsapp_dates             2.5  The order of day, month and year in an exported chat
    utils.whatsapp_export            2.5  An exported WhatsApp chat as messages: who wrote what
    utils.whatsapp_items             2.5  Chat messages as Items: what one person wrote in one go
    utils.whatsapp_lines             2.5  The lines of an exported chat: where a message begins
    utils.whatsapp_notices           2.5  What WhatsApp itself writes into an exported chat, in
    utils.whatsapp_payload           2.5  What Meta's Cloud API tells in a webhook: who wrote
    utils.whatsapp_settings          2.5  What it takes to hear of the owner's chats on WhatsApp
    utils.x_client                   2.5  X as typed calls: posts, answers, deletions, pictures
    utils.x_errors                   2.5  What X's answers mean: one table from status to our
    utils.x_settings                 2.5  What it takes to reach X
    utils.x_tweets                   2.5  A post as X gives it back, with its words as they were
    utils.x_views                    2.5  What is told of X: to the owner, to the model, and to
    utils.x_wire                     2.5  Makes tweepy speak through our own HTTP client, to the
    utils.x_writing                  2.5  What posts and answers on X share: the text, how it is

engine: decides who acts; acts once:

    utils.acquaintances              3  Whom the business knows: by earlier Items, or as a
    utils.action_executor            3  The executor: the one place where anything is performed
    utils.alerts                     3  Notes that tell the owner something or ask him, each once
    utils.announcements              3  One note, many Outcomes: a granted composite becomes its
    utils.approval_gate              3  The gate: every Proposal comes in through it, and nothing
    utils.audit_facts                3  Gathers what is known of a week: from the log, the
    utils.book_checks                3  What the books and the journal must agree upon before
    utils.caps                       3  The caps: how much may be armed within a window, whoever
    utils.catalogue                  3  The services there are, by the tools they offer, and the
    utils.chat_exports               3  Exported chats taken in: what is new in each becomes
    utils.chat_folder                3  A folder outside the vault in which the owner drops
    utils.connecting                 3  Trying a service with values that are written nowhere yet
    utils.dashboard                  3  The one writer of `Status.md`, the live part of the
    utils.decision_folders           3  The owner's hand: what lies in Pending_Approval/
    utils.decisions                  3  What may be decided about a Proposal that is already
    utils.desk                       3  The desk: the only door for faces. It previews, takes in
    utils.engine                     3  The engine put together: one home's settings, journal
    utils.follow_up                  3  The follow-up: Plans and Items go where the Proposals
    utils.ground                     3  The ground of one home: what every part of the engine
    utils.inbox                      3  The drop folder: whatever the owner puts into Inbox/
    utils.intake                     3  The intake: from an Item that was noticed to the
    utils.item_notes                 3  The notes of Items and Plans: where each lies, and that
    utils.kill_switch                3  The kill switch: `STOP.md` or `orchestrator.py stop`
    utils.looking_up                 3  What an Operation's values mean in the services today
    utils.own_desk                   3  The desk of a process of its own, such as an MCP server
    utils.proposal_notes             3  The note of each Proposal: written into the folder of its
    utils.reconciler                 3  The reconciler: finds out, by reads only, what became of
    utils.registry                   3  `.mcp.json` as the registry: which scripts of ours it
    utils.reminders                  3  Gets the owner paid: what is overdue becomes drafts of
    utils.reports                    3  The weekly reports: made from the facts of a week
    utils.revision                   3  What the owner's edit of a waiting note makes of its
    utils.situation                  3  What policy has to know about a Proposal, gathered from
    utils.social_summary             3  What the networks tell of a week's posts, read through
    utils.timetable                  3  The timetable: makes each weekly report once, when its
    utils.token_watch                3  Tells the owner before credentials end, and when a
    utils.weekly_draft               3  One draft for LinkedIn a week, for the next of the

faces: show or feed the engine:

    utils.audit_contract             4  The contract page of the audit log: what a Record holds
    utils.contract_docs              4  Everything written that follows from the code: pages
    utils.contract_pages             4  The contract page of a service, and the table of all
    utils.env_example                4  The text of `.env.example`: every variable, what it
    utils.mcp_adapter                4  What a service's script becomes when it is started: its
    utils.page_parts                 4  The parts that generated pages are made of: tables
    utils.tool_answers               4  What a tool answers: the shape of answers, their size
    utils.tool_arguments             4  The arguments of a tool call, read strictly: nothing is
    utils.tool_schema                4  An Operation as an MCP tool: name, description, schemas
    utils.tool_server                4  The MCP server of one service: it lists the service's
    watchers                         4  The senses: each watcher turns something that happened

services: declare Operations; never import each other:

    mcp_server_*                     5  one service each: its Operations, declared once

commands: what the owner types:

    utils.commands                   5.5  The commands of `orchestrator.py`, one module each

roof: wires, starts, stops:

    orchestrator                     6  The roof: keeps one process for each sense alive, and is
"""
