import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WiredCluster, type WireRequest } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const one = `${maps}/one`;
const json = { 'content-type': 'application/json' };
const merge = { 'content-type': 'application/merge-patch+json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const lease = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'one' } };
const rejected = 'the server rejected our request due to an error in our request';
const map = (metadata: object) => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name: 'one', ...metadata },
});
const patch = (body: unknown, headers: Record<string, string>): WireRequest => ({
  method: 'PATCH',
  path: one,
  headers,
  body,
});

/** What is sent, the code, the reason and the message (a string: its beginning) that come back. */
type Case = readonly [string, WireRequest, number, string | undefined, string | RegExp];

const cases: readonly Case[] = [
  [
    'another uid by patch',
    patch({ metadata: { uid: 'x' } }, merge),
    422,
    'Invalid',
    'ConfigMap "one" is invalid: metadata.uid: Invalid value: "x": field is immutable',
  ],
  [
    'a time of deletion by patch',
    patch({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 } }, merge),
    422,
    'Invalid',
    'ConfigMap "one" is invalid: [metadata.deletionTimestamp: Invalid value: "2026-01-01T00:00:00Z": field is immutable, metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable]',
  ],
  [
    'no revision, of what is replaced only by who has seen it',
    { ...patch({ metadata: { resourceVersion: null } }, merge), path: `${leases}/one` },
    422,
    'Invalid',
    'leases.coordination.k8s.io "one" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  ],
  [
    'a revision that is none',
    {
      method: 'PUT',
      path: one,
      headers: json,
      body: map({ resourceVersion: 'x' }),
    },
    500,
    undefined,
    'strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    'a revision that is none, of what is not there',
    {
      method: 'PATCH',
      path: `${maps}/two?fieldManager=a`,
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: map({ name: 'two', resourceVersion: 'x' }),
    },
    500,
    undefined,
    'strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    'a revision beyond all numbers by patch',
    patch({ metadata: { resourceVersion: '18446744073709551616' } }, merge),
    500,
    undefined,
    'strconv.ParseUint: parsing "18446744073709551616": value out of range',
  ],
  ['null by merge patch', patch('null', merge), 400, 'BadRequest', 'Invalid JSON Patch'],
  [
    'no version by patch',
    patch({ apiVersion: null }, merge),
    400,
    'BadRequest',
    'the name of the object (one based on URL) was undeterminable: name must be provided',
  ],
  [
    'another version by patch',
    patch({ apiVersion: 'v9' }, merge),
    422,
    'Invalid',
    /no kind "ConfigMap" is registered for version "v9"/,
  ],
  [
    'null instead of the object',
    patch([{ op: 'replace', path: '', value: null }], jsonPatch),
    422,
    'Invalid',
    rejected,
  ],
  [
    'a list instead of the object',
    patch([{ op: 'replace', path: '', value: [] }], jsonPatch),
    422,
    'Invalid',
    / "" is invalid: patch: Invalid value: "\[\]": couldn't get version\/kind; json parse error: json: cannot unmarshal array/,
  ],
  [
    'an operation that is a number',
    patch([{ op: 5, path: '/data' }], jsonPatch),
    400,
    'BadRequest',
    'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
  ],
  [
    'capitals in the type of a patch',
    patch({}, { 'content-type': 'application/MERGE-patch+json' }),
    415,
    'UnsupportedMediaType',
    '415: Unsupported Media Type',
  ],
];

describe('patches of what may not be patched', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start({ components: false });
    for (const [path, body] of [
      [maps, map({})],
      [leases, lease],
    ] as const) {
      const created = await wired.send({ method: 'POST', path, body });
      assert.equal(created.status, 201, created.text);
    }
  });
  after(() => wired[Symbol.asyncDispose]());

  for (const [name, request, code, reason, message] of cases) {
    test(name, async () => {
      const { status, json: answer, text } = await wired.send(request);
      assert.deepEqual([status, answer.code, answer.reason], [code, code, reason], text);
      if (typeof message === 'string') assert.ok(answer.message?.startsWith(message), text);
      else assert.match(answer.message ?? '', message);
    });
  }
});
