-- An agent that could not even begin says why.

update betterstack.failure_reason f set words = 'Not measured{why}' where f.code = 'not_run';
