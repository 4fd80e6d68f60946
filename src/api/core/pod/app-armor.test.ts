import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../generated/types/core.v1.ts';
import { appArmorPrefix, profilesFromAnnotations } from './app-armor.ts';

test('annotations about AppArmor profiles become fields, unless the pod says the same', () => {
  const container = (name: string) => ({ name, image: 'i' });
  const made = (text: string, spec: object = {}) => {
    const annotations = { [`${appArmorPrefix}c`]: text };
    const containers = [container('b'), container('c')];
    const pod = { metadata: { annotations }, spec: { containers, ...spec } } as unknown as Pod;
    const warnings: string[] = [];
    profilesFromAnnotations(pod, message => warnings.push(message));
    assert.equal(pod.spec!.containers[0]!.securityContext, undefined);
    return [pod.spec!.containers[1]!.securityContext?.appArmorProfile, warnings.length];
  };
  assert.deepEqual(made('unconfined'), [{ type: 'Unconfined' }, 1]);
  assert.deepEqual(made('runtime/default'), [{ type: 'RuntimeDefault' }, 1]);
  assert.deepEqual(made('localhost/x'), [{ type: 'Localhost', localhostProfile: 'x' }, 1]);
  assert.deepEqual(made('localhost/'), [undefined, 1]);
  const securityContext = { appArmorProfile: { type: 'Unconfined' } };
  assert.deepEqual(made('unconfined', { securityContext }), [undefined, 0]);
  assert.deepEqual(made('unconfined', { os: { name: 'windows' } }), [undefined, 0]);
});
