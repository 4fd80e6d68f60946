import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '#api/generated/types/core.v1.ts';
import { credentialsFor } from './keyring.ts';

function secretOf(auths: Record<string, object>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    data: { '.dockerconfigjson': btoa(JSON.stringify({ auths })) },
  };
}

/** The places that an image's credentials come from, when each place has some. */
function placesFor(image: string, ...places: string[]): (string | undefined)[] {
  const secrets = places.map(place => secretOf({ [place]: { username: place, password: 'p' } }));
  return credentialsFor(secrets, image).map(({ username }) => username);
}

test('takes what is for the host, its port and the beginning of the path', () => {
  const image = 'reg.example.com:5000/team/app:1';
  const hits = ['reg.example.com:5000', 'reg.example.com:5000/team'];
  const misses = [
    'reg.example.com',
    'example.com:5000',
    'reg.example.com:5000/other',
    'reg.example.com:5001',
  ];
  assert.deepEqual(placesFor(image, ...hits, ...misses), hits.toReversed());
});

test('knows patterns in parts of the host', () => {
  assert.deepEqual(placesFor('a.example.com/x', '*.example.com', '*.com', 'b*.example.com'), [
    '*.example.com',
  ]);
  assert.deepEqual(placesFor('abc.example.com/x', 'a*c.example.com', 'a*d.example.com'), ['a*c.example.com']);
  assert.deepEqual(placesFor('example.com/x', '*.example.com'), []);
});

test('falls back on the names of the default registry', () => {
  const legacy = secretOf({ 'https://index.docker.io/v1/': { username: 'u', password: 'p' } });
  const answer = [{ username: 'u', password: 'p' }];
  assert.deepEqual(credentialsFor([legacy], 'busybox'), answer);
  assert.deepEqual(credentialsFor([legacy], 'docker.io/library/busybox'), answer);
  assert.deepEqual(credentialsFor([legacy], 'quay.io/busybox'), []);
});

test('reads both forms of a secret, and none that is broken', () => {
  const old: Secret = {
    ...secretOf({}),
    data: { '.dockercfg': btoa(JSON.stringify({ 'quay.io': { auth: btoa('u:p:q') } })) },
  };
  const broken = [{ ...old, data: { '.dockercfg': btoa('{') } }, secretOf({ 'quay.io': { auth: '%' } })];
  assert.deepEqual(credentialsFor([...broken, old], 'quay.io/x'), [{ username: 'u', password: 'p:q' }]);
});
