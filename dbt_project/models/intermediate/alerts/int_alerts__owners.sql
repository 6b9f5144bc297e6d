-- Who looked after the customer of an alert when it was opened: their own manager, else that of their account.
{{ owners_of(ref('int_alerts__opened')) }}
