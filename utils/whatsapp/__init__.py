"""WhatsApp chats: exports, the webhook, and what their messages say."""
