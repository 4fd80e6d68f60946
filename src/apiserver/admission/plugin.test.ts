import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { ServedResource } from '../resources/served.ts';
import { AdmissionMetrics } from './metrics.ts';
import { AdmissionChain, type AdmissionPlugin, creationOf } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

const served = (bucket: string) => ({ bucket }) as ServedResource;
const pods = served('core/pods');
const secrets = served('core/secrets');
const requestOf = (of: ServedResource, operation: AdmissionRequest['operation'], subresource = '') =>
  ({ served: of, operation, subresource }) as AdmissionRequest;

/** A chain of plugins that note down what they see, and the counts that its metrics tell of a step's plugins. */
function noting(...plugins: Omit<AdmissionPlugin, 'mutate' | 'validate'>[]) {
  const seen: string[] = [];
  const clock = new VirtualClock(async () => {});
  const metrics = new AdmissionMetrics(clock);
  const chain = new AdmissionChain(
    plugins.map(plugin => ({
      ...plugin,
      mutate: ({ served: { bucket } }) => void seen.push(`${plugin.name} changes ${bucket}`),
      validate: ({ served: { bucket } }) => void seen.push(`${plugin.name} judges ${bucket}`),
    })),
    { clock, metrics },
  );
  const counts = (type: string) =>
    metrics.families
      .flatMap(family => [...family.lines()])
      .filter(line => /controller_admission_duration_seconds_(count|bucket.*le="0.005")/.test(line))
      .filter(line => line.includes(`type="${type}"`))
      .map(line => `${/name="(\w+)"/.exec(line)![1]} ${line.split(' ').at(-1)}`);
  return { seen, chain, counts };
}

test('plugins run in their order, those alone that a request concerns', async () => {
  const { seen, chain } = noting({ name: 'All' }, { name: 'Pods', concerns: creationOf('core/pods') });
  for (const request of [
    requestOf(pods, 'CREATE'),
    requestOf(pods, 'UPDATE'),
    requestOf(pods, 'CREATE', 'binding'),
    requestOf(secrets, 'CREATE'),
    requestOf(pods, 'CREATE'),
  ]) {
    seen.push(`${request.operation} ${request.subresource}`);
    await chain.mutate(request);
    await chain.validate(request);
  }
  const all = (bucket: string) => [`All changes ${bucket}`, `All judges ${bucket}`];
  const both = [
    'All changes core/pods',
    'Pods changes core/pods',
    'All judges core/pods',
    'Pods judges core/pods',
  ];
  assert.deepEqual(seen, [
    ...['CREATE ', ...both],
    ...['UPDATE ', ...all('core/pods')],
    ...['CREATE binding', ...all('core/pods')],
    ...['CREATE ', ...all('core/secrets')],
    ...['CREATE ', ...both],
  ]);
});

test('the metrics count every request for every plugin', async () => {
  const { chain, counts } = noting({ name: 'All' }, { name: 'Pods', concerns: creationOf('core/pods') });
  for (const one of [pods, secrets, secrets]) await chain.mutate(requestOf(one, 'CREATE'));
  assert.deepEqual(counts('admit'), ['All 3', 'All 3', 'Pods 3', 'Pods 3']);
});

test('a plugin that waits holds up those after it, and one that refuses ends the chain', async () => {
  const { chain, seen, counts } = noting({ name: 'First' }, { name: 'Last' });
  const metrics = new AdmissionMetrics(new VirtualClock(async () => {}));
  const waiting: AdmissionPlugin = {
    name: 'Waiting',
    mutate: async (_request, mutation) => {
      await undefined;
      seen.push(`waited in round ${mutation.round}`);
      mutation.requireAnother();
    },
    validate: () => Promise.reject(new Error('refused')),
  };
  const after: AdmissionPlugin = {
    name: 'After',
    mutate: () => void seen.push('after'),
    validate: () => void seen.push('never'),
  };
  const timing = { clock: new VirtualClock(async () => {}), metrics };
  const slow = new AdmissionChain([waiting, after], timing);
  await slow.mutate(requestOf(pods, 'UPDATE'));
  assert.deepEqual(seen.splice(0), ['waited in round 0', 'after', 'waited in round 1', 'after']);
  await assert.rejects(async () => slow.validate(requestOf(pods, 'UPDATE')), /refused/);
  assert.deepEqual(seen, []);
  assert.ok(
    metrics.families
      .flatMap(family => [...family.lines()])
      .some(line => /_count\{name="Waiting",.*rejected="true",type="validate"\} 1$/.test(line)),
  );
  assert.equal(chain.mutate(requestOf(pods, 'UPDATE')), undefined);
  assert.deepEqual(counts('admit'), ['First 1', 'First 1', 'Last 1', 'Last 1']);
});
