import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createErrors } from '../testing.ts';
import { endpointsResource } from './endpoints.ts';

test('an address is one that traffic may be sent to', () => {
  const errorsOf = (ip: string) =>
    createErrors(endpointsResource, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'e', namespace: 'default' },
      subsets: [{ addresses: [{ ip }] }],
    } as never).map(text => text.replace('subsets[0].addresses[0].ip: Invalid value: ', ''));
  assert.deepEqual(errorsOf('10.0.0.1'), []);
  assert.deepEqual(errorsOf('a'), [
    '"a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    '"a": must be a valid IP address',
  ]);
  assert.deepEqual(errorsOf('0::0'), ['"0::0": may not be unspecified (0::0)']);
});
