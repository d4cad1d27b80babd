-- All tables of the first version. `{uuid}`, `{blob}`, `{id}` and `{pg:…}` are filled in per database.
-- Times are milliseconds since 1970 (UTC), dates are ISO text, small closed sets are text.

create table installation (
  one bigint primary key check (one = 1),
  name text not null,
  authority text,
  environment text,
  generation bigint not null
);

create table registry_version (
  version bigint primary key,
  compiled text not null,
  epoch bigint not null,
  recorded_at bigint not null
);

create table registry_current (
  one bigint primary key check (one = 1),
  version bigint not null references registry_version (version),
  epoch bigint not null,
  moved_at bigint not null
);

create table lease (
  name text primary key,
  holder text not null,
  epoch bigint not null,
  expires_at bigint not null
);

create table process (
  name text primary key,
  role text not null,
  registry_version bigint,
  registry_schema bigint not null,
  seen_at bigint not null
);

-- The only table with person numbers.
create table number (
  id {id},
  number bigint not null unique,
  person {uuid},
  state text not null,
  valid_from text,
  valid_to text
);
create index number_person on number (person) where person is not null;

create table person (
  id {uuid} primary key,
  snapshot bigint,
  production_date text,
  municipality bigint,
  born text,
  status bigint,
  protected bigint not null,
  merged_into {uuid}
){pg: with (fillfactor = 80)};

create table person_alias (
  alias {uuid} primary key,
  person {uuid} not null,
  since bigint not null
);

create table snapshot (
  id {id},
  person {uuid} not null,
  source {uuid} not null,
  extract bigint,
  kind text not null,
  known bigint not null,
  production_date text not null,
  codec bigint not null,
  size bigint not null,
  body {blob} not null
);
create index snapshot_person on snapshot (person);

create table subscription (
  id {uuid} primary key,
  consumer {uuid} not null,
  object text not null,
  purpose text not null,
  selection text not null,
  initial_load_done bigint not null
);

create table membership (
  person {uuid} not null,
  subscription {uuid} not null,
  consumer {uuid} not null,
  since bigint not null,
  primary key (person, subscription)
);
create index membership_subscription on membership (subscription, person);

create table event (
  id {uuid} primary key,
  person {uuid} not null,
  cause text not null,
  kind text not null,
  extract bigint,
  before bigint,
  after bigint,
  changed bigint not null,
  codes text not null,
  registry_version bigint not null,
  recorded_at bigint not null,
  traceparent text not null
);
create index event_person on event (person);

create table consumer_cursor (
  consumer {uuid} primary key,
  next_seq bigint not null,
  room bigint not null,
  counted_at bigint not null
){pg: with (fillfactor = 50)};

create table lane (
  consumer {uuid} not null,
  person {uuid} not null,
  seq bigint not null,
  event {uuid} not null,
  routing text not null,
  behind bigint not null,
  tries bigint not null,
  attempts bigint not null,
  first_attempt_at bigint,
  state text not null,
  due_at bigint,
  queued_at bigint,
  primary key (consumer, person)
){pg: with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)};
create index lane_due on lane (consumer, due_at) where state = 'due';

create table behind (
  consumer {uuid} not null,
  person {uuid} not null,
  seq bigint not null,
  event {uuid} not null,
  routing text not null,
  primary key (consumer, person, seq)
){pg: with (autovacuum_vacuum_scale_factor = 0.02)};

create table missed (
  consumer {uuid} not null,
  person {uuid} not null,
  seq bigint not null,
  primary key (consumer, person, seq)
);

create table attempt (
  consumer {uuid} not null,
  seq bigint not null,
  n bigint not null,
  pod text not null,
  at bigint not null,
  person {uuid} not null,
  event {uuid} not null,
  routing text not null,
  ms bigint not null,
  outcome text not null,
  reason text,
  counted bigint not null,
  final bigint not null,
  http_status bigint,
  digest {blob},
  registry_version bigint not null,
  primary key (consumer, seq, n, pod, at)
);
create index attempt_parked on attempt (consumer) where outcome = 'parked';

-- Row 15: one summary per removed consumer and reason instead of a row per advisory.
create table withdrawal (
  consumer {uuid} not null,
  reason text not null,
  advisories bigint not null,
  first_seq bigint not null,
  last_seq bigint not null,
  at bigint not null,
  primary key (consumer, reason)
);

create table consumer_state (
  consumer {uuid} primary key,
  gone text,
  breaker text not null,
  opened_at bigint,
  not_before bigint,
  probe_holder text,
  probe_until bigint,
  drained_to bigint
){pg: with (fillfactor = 50)};

create table extract (
  id {id},
  source {uuid} not null,
  name text not null,
  transfer_id text not null,
  sha256 {blob} not null,
  production_date text,
  task_number text not null,
  persons bigint not null,
  load bigint not null,
  state text not null,
  persons_done bigint not null,
  epoch bigint not null,
  reason text,
  counts text not null,
  opened_at bigint not null,
  finished_at bigint,
  unique (source, sha256)
);
create index extract_transfer on extract (source, transfer_id);

create table quarantine (
  id {id},
  source {uuid} not null,
  extract bigint not null,
  number bigint,
  line bigint not null,
  code text not null,
  reason text not null,
  sealed {blob} not null,
  until bigint not null,
  recorded_at bigint not null
);
create index quarantine_number on quarantine (number) where number is not null;
create index quarantine_until on quarantine (until);

create table reselection (
  registry_version bigint not null,
  day text not null,
  position {uuid},
  counts text not null,
  done_at bigint,
  primary key (registry_version, day)
);
