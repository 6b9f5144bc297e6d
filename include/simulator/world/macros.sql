-- Chance without a state: a number in [0, 1) that only the seed, the row and the name of the question decide.
create or replace macro u(h, question) as
    (hash(xor(h, hash(question))) >> 11)::double / 9007199254740992.0;
create or replace macro seed_of(h, part) as hash(xor(h, hash(part)));
create or replace macro exponential(h, question) as -ln(1 - u(h, question));
create or replace macro one_of(items, h, question) as
    items[1 + floor(u(h, question) * len(items))::bigint];
create or replace macro digits(h, question, many) as
    lpad(((hash(xor(h, hash(question))) >> 11) % (10 ** many)::ubigint)::varchar, many, '0');

-- Share of people whose number from Gamma(3, 1) is below this one.
create or replace macro share_below(x) as 1 - exp(-x) * (1 + x + x * x / 2);

create or replace macro money(amount) as round(amount, 2)::decimal(18, 4);

-- What had happened by the end of the day that the CRM is looked at.
create or replace macro by_now(moment) as case when moment < getvariable('now') then moment end;

-- Days since the first one, with their fraction, from season-adjusted days, and the moment that they are.
-- Shops are open from 8 to 22.
create or replace macro calendar_days(adjusted) as
    getvariable('season')[1 + floor(adjusted * 8)::bigint] + (adjusted * 8 - floor(adjusted * 8))
    * (getvariable('season')[2 + floor(adjusted * 8)::bigint] - getvariable('season')[1 + floor(adjusted * 8)::bigint]);
create or replace macro moment_of(days) as
    getvariable('first')::timestamp
    + to_seconds(floor(days)::bigint * 86400 + 28800 + floor((days - floor(days)) * 50400)::bigint);
create or replace macro moment_after(moment, hours) as moment + to_seconds(floor(hours * 3600)::bigint);

create or replace macro number_up_to(most, home) as (1 + floor(u(home, 'number') * most)::int);

-- A typing error: a letter lost, doubled, or taken for its neighbour's place.
create or replace macro mistyped(word, h) as case
    when length(word) < 3 then word
    else (
        left(word, 1 + floor(u(h, 'typo place') * (length(word) - 2))::int)
        || case floor(u(h, 'typo kind') * 3)
            when 0 then substr(word, 3 + floor(u(h, 'typo place') * (length(word) - 2))::int)
            when 1 then substr(word, 1 + floor(u(h, 'typo place') * (length(word) - 2))::int)
            else substr(word, 3 + floor(u(h, 'typo place') * (length(word) - 2))::int, 1)
                || substr(word, 2 + floor(u(h, 'typo place') * (length(word) - 2))::int, 1)
                || substr(word, 4 + floor(u(h, 'typo place') * (length(word) - 2))::int)
        end
    )
end;

-- Under which key the web shop or the store knows somebody at a moment.
create or replace macro web_key(person) as 'W' || (100000 + person);
create or replace macro store_key(person) as 'S' || lpad((person * 48271 % 2147483647)::varchar, 10, '0');
create or replace macro known_again_at(h, arrives) as moment_of(arrives + 15 + 120 * u(h, 'later'));
create or replace macro record_of(person, h, arrives, channel_chance, moment, online) as case
    when channel_chance >= web_only() + web_and_store() then store_key(person)
    when moment < known_again_at(h, arrives) then web_key(person)
    when channel_chance >= web_only() and not online then store_key(person)
    when u(h, 'registers twice') < registered_twice() then web_key(person) || '-2'
    else web_key(person)
end;

-- How good an account manager is, from -1 to 1.
create or replace macro manager_skill(manager_no) as
    2 * u(hash(getvariable('seed'), 'manager', manager_no), 'skill') - 1;
