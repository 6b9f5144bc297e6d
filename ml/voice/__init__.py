"""What feedback texts say: their language, sentiment and topics, and which topics rise.

Texts come in; words that few people wrote, numbers, addresses and names of customers never go out.
"""
