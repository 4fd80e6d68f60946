import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, deployments } from 'coxswain';
import { explore } from 'coxswain/explore';
import { websites } from './operator.ts';

const namespace = 'default';
const labels = { 'example.com/website': 'true' };

/** The same operator under conflicts, lost answers, crashes between any two writes, and events that come late or not at all. */
test('whatever goes wrong, a website ends as it does when nothing does', async () => {
  const { failure } = await explore(
    {
      controllers: [websites],
      steps: [
        {
          name: 'create a website',
          act: client =>
            client.create(configMaps, {
              metadata: { namespace, name: 'docs', labels },
              data: { replicas: '3' },
            }),
        },
        {
          name: 'make it smaller',
          act: client => client.patch(configMaps, namespace, 'docs', 'merge', { data: { replicas: '1' } }),
        },
        {
          name: 'delete its Deployment',
          act: client => client.delete(deployments, namespace, 'docs'),
        },
      ],
      invariants: [
        {
          name: 'one Deployment',
          finally: world => {
            const names = world.list(deployments, namespace).map(({ metadata }) => metadata.name);
            return names.join() === 'docs' ? undefined : `there are Deployments ${names.join()}`;
          },
        },
      ],
    },
    { budget: 30 },
  );
  assert.equal(failure?.text, undefined);
});
