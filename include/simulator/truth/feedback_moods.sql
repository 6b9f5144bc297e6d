-- Topic and mood of each text.
select 'F' || voice_no as feedback_key, topic, case when is_good then 'good' else 'bad' end as mood, language
from voices where written_at < getvariable('now') order by voice_no
