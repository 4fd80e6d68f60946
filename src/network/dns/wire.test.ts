import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import type { DnsRecord, Query, ResponseBody } from './wire.ts';
import { answersTo, isTruncated, parseQuery, readTtls, udpBytesMax } from './wire-read.ts';
import { age, encodeError, encodeQuery, encodeResponse, relabel, truncate } from './wire-write.ts';

/** Encoded by another implementation. */
function queryOf(name: string, more: object = {}): Query {
  const message = encode({
    type: 'query',
    id: 4711,
    flags: 0x100,
    questions: [{ type: 'A', name, class: 'IN' }],
    ...more,
  });
  const query = parseQuery(message);
  assert.ok(query && 'name' in query);
  return query;
}

const edns = (udpPayloadSize: number, flags = 0) => ({
  additionals: [
    { type: 'OPT', name: '.', udpPayloadSize, flags, extendedRcode: 0, ednsVersion: 0, options: [] },
  ],
});

function body(answers: readonly DnsRecord[], more: Partial<ResponseBody> = {}): ResponseBody {
  return { rcode: 0, authoritative: true, answers, authorities: [], additionals: [], ...more };
}

test('queries are read, with EDNS', () => {
  const plain = queryOf('Web.Default.svc.cluster.local');
  assert.deepEqual(
    [plain.id, plain.name, plain.type, plain.class, plain.recursionDesired, plain.edns],
    [4711, 'web.default.svc.cluster.local', 1, 1, true, undefined],
  );
  assert.equal(udpBytesMax(plain), 512);
  const extended = queryOf('a', edns(4096, 0x8000));
  assert.deepEqual(extended.edns, { udpBytes: 4096, version: 0, dnssecOk: true });
  assert.equal(udpBytesMax(extended), 4096);
  assert.equal(udpBytesMax(queryOf('a', edns(100))), 512);
  assert.equal(queryOf('.').name, '');
});

const records: readonly DnsRecord[] = [
  { name: 'web.ns.svc.cluster.local', ttl: 30, type: 'A', data: '10.0.0.1' },
  { name: 'web.ns.svc.cluster.local', ttl: 30, type: 'AAAA', data: 'fd00::7' },
  { name: 'web.ns.svc.cluster.local', ttl: 30, type: 'CNAME', data: 'example.org' },
  { name: '7.0.0.10.in-addr.arpa', ttl: 30, type: 'PTR', data: 'web.ns.svc.cluster.local' },
  { name: 'dns-version.cluster.local', ttl: 1, type: 'TXT', data: '1.1.0' },
  { name: 'cluster.local', ttl: 30, type: 'NS', data: 'ns.dns.cluster.local' },
  {
    name: '_http._tcp.web.ns.svc.cluster.local',
    ttl: 30,
    type: 'SRV',
    priority: 0,
    weight: 100,
    port: 80,
    target: 'web.ns.svc.cluster.local',
  },
  {
    name: 'cluster.local',
    ttl: 5,
    type: 'SOA',
    mname: 'ns.dns.cluster.local',
    rname: 'hostmaster.cluster.local',
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: 5,
  },
];

test('another implementation reads our answers', () => {
  const query = queryOf('WEB.ns.svc.cluster.local', edns(4096));
  const message = decode(Buffer.from(encodeResponse(query, body(records), 4096)));
  assert.equal(message.id, 4711);
  assert.deepEqual(
    [message.flag_aa, message.flag_ra, message.flag_rd, message.flag_tc],
    [true, true, true, false],
  );
  assert.equal(message.questions![0]!.name, 'WEB.ns.svc.cluster.local');
  const shown = message.answers!.map(answer => {
    const { type, name, data } = answer as { type: string; name: string; data: unknown };
    return [type, name.toLowerCase(), Array.isArray(data) ? String(data[0]) : data];
  });
  assert.deepEqual(shown, [
    ['A', 'web.ns.svc.cluster.local', '10.0.0.1'],
    ['AAAA', 'web.ns.svc.cluster.local', 'fd00::7'],
    ['CNAME', 'web.ns.svc.cluster.local', 'example.org'],
    ['PTR', '7.0.0.10.in-addr.arpa', 'WEB.ns.svc.cluster.local'],
    ['TXT', 'dns-version.cluster.local', '1.1.0'],
    ['NS', 'cluster.local', 'ns.dns.cluster.local'],
    [
      'SRV',
      '_http._tcp.web.ns.svc.cluster.local',
      { priority: 0, weight: 100, port: 80, target: 'web.ns.svc.cluster.local' },
    ],
    [
      'SOA',
      'cluster.local',
      {
        mname: 'ns.dns.cluster.local',
        rname: 'hostmaster.cluster.local',
        serial: 1,
        refresh: 7200,
        retry: 1800,
        expire: 86400,
        minimum: 5,
      },
    ],
  ]);
  assert.equal(message.additionals![0]!.type, 'OPT');
});

test('an answer that is too long is cut and marked', () => {
  const name = 'web.ns.svc.cluster.local';
  const answers = Array.from(
    { length: 60 },
    (_, i) => ({ name, ttl: 30, type: 'A', data: `10.0.0.${i}` }) as const,
  );
  const query = queryOf(name);
  const whole = encodeResponse(query, body(answers), 65535);
  assert.equal(whole.length, 12 + 30 + 60 * 16);
  const cut = encodeResponse(query, body(answers, { additionals: answers }), 512);
  assert.ok(cut.length <= 512 && isTruncated(cut));
  const some = decode(Buffer.from(cut)).answers!;
  assert.ok(some.length > 10 && some.length < 32);
  const noExtras = encodeResponse(query, body(answers.slice(0, 20), { additionals: answers }), 512);
  assert.ok(!isTruncated(noExtras));
  assert.equal(decode(Buffer.from(noExtras)).answers!.length, 20);
});

test('what is no query is not answered; a bad one gets an error', () => {
  assert.equal(parseQuery(new Uint8Array(11)), undefined);
  assert.equal(parseQuery(encode({ type: 'response', id: 1, questions: [] })), undefined);
  assert.deepEqual(parseQuery(encode({ type: 'query', id: 7, questions: [] })), { id: 7, rcode: 1 });
  assert.deepEqual(parseQuery(encode({ type: 'query', id: 7, flags: 0x2000, questions: [] })), {
    id: 7,
    rcode: 4,
  });
  const loop = Buffer.from('000701000001000000000000c00c00010001', 'hex');
  assert.deepEqual(parseQuery(loop), { id: 7, rcode: 1 });
  assert.deepEqual(decode(Buffer.from(encodeError({ id: 7, rcode: 1 }))).id, 7);
});

test('garbage is refused or read, never more', () => {
  const good = encode({
    type: 'query',
    id: 1,
    questions: [{ type: 'A', name: 'a.b.c' }],
    ...edns(1232),
  } as never);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(good.length),
      fc.uint8Array({ maxLength: 40 }),
      (changes, length, tail) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        const message = Buffer.concat([bytes.subarray(0, length), tail]);
        const query = parseQuery(message);
        answersTo(message, good);
        if (query && 'name' in query) {
          const answer = encodeResponse(query, body([]), 512);
          assert.ok(answer.length <= 512);
          assert.deepEqual(
            [...answer.subarray(12, 12 + query.question.length)],
            [...message.subarray(12, 12 + query.question.length)],
          );
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('TTLs are found and counted down', () => {
  const message = encodeResponse(queryOf('cluster.local', edns(4096)), body(records), 4096);
  const { offsets, least } = readTtls(message);
  assert.deepEqual([offsets.length, least], [records.length, 1]);
  age(message, offsets, 10);
  const ttls = decode(Buffer.from(message)).answers!.map(answer => (answer as { ttl: number }).ttl);
  assert.deepEqual(ttls, [20, 20, 20, 20, 0, 20, 20, 0]);
});

test('an answer belongs to the query with its number and question', () => {
  const query = encodeQuery(9, 'example.org', 1);
  const parsed = parseQuery(query) as Query;
  const answer = encodeResponse(parsed, body([]), 512);
  assert.ok(answersTo(answer, query));
  assert.ok(!answersTo(relabel(answer, 8), query));
  assert.ok(!answersTo(answer, encodeQuery(9, 'example.com', 1)));
  assert.ok(!answersTo(answer, encodeQuery(9, 'example.org', 28)));
  assert.ok(!answersTo(query, query));
  const spelt = parseQuery(encodeQuery(5, 'EXAMPLE.org', 1)) as Query;
  assert.ok(answersTo(relabel(answer, 9, spelt.question), query));
  assert.equal(decode(Buffer.from(relabel(answer, 9, spelt.question))).questions![0]!.name, 'EXAMPLE.org');
  assert.ok(isTruncated(truncate(answer, parsed.question)));
});
