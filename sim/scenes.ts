import { namespaces, serviceAccounts } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { builtInControllers, type ControllerOptions } from '#controllers/registry.ts';
import type { Exploration, Stage } from '#explore/index.ts';
import { controllerOptions } from './components.ts';
import { Intent } from './intent.ts';
import { stories } from './stories/registry.ts';
import type { Story } from './stories/story.ts';
import { User } from './user.ts';

/** What a scheduler may decide one way or the other. */
const ignored = ['nodeName', 'hostIP', 'hostIPs', 'nodeNames'];
const pauseMsDefault = 5_000;

/** By a controller's name: its first story, with faults for the controller alone. */
export function scenes(): ReadonlyMap<string, (stage: Stage) => Exploration> {
  const names = builtInControllers(controllerOptions).map(({ name }) => name);
  return new Map(
    names.sort().map(name => {
      const story = stories.find(({ controllers }) => controllers.includes(name))!;
      return [name, (stage: Stage) => explorationOf(name, story, stage)] as const;
    }),
  );
}

function controllersNamed(names: readonly string[], options: ControllerOptions) {
  return builtInControllers(options).filter(({ name }) => names.includes(name));
}

function explorationOf(name: string, story: Story, { client, clock, random }: Stage): Exploration {
  const { beside = [], nodes = 0, pauseMs = pauseMsDefault, endsVary = false } = story.exploring ?? {};
  const intent = new Intent();
  const user = new User(client, clock);
  // A node is tainted until somebody has seen that it is ready.
  const forNodes = nodes > 0 ? ['node-lifecycle'] : [];
  const others = [...story.controllers, ...beside, ...forNodes].filter(other => other !== name);
  const steps = story.steps({ user, namespace: story.name, clock, random, intent });
  return {
    controllers: controllersNamed([name], controllerOptions),
    company: { controllers: controllersNamed(others, controllerOptions), nodes, scheduler: nodes > 0 },
    setUp: () => setUp(client, story.name),
    steps: steps.map((act, i) => ({ name: `${story.name} ${i + 1}`, act, pauseMs })),
    invariants: [
      {
        name: 'the story',
        finally: world =>
          [...intent.expectations].flatMap(([about, expectation]) =>
            expectation(world).map(text => `${about}: ${text}`),
          ),
      },
    ],
    ignored,
    ...(endsVary ? { compared: () => undefined } : {}),
  };
}

async function setUp(client: Client, namespace: string): Promise<void> {
  await client.create(namespaces, { metadata: { name: namespace } });
  await client.create(serviceAccounts, { metadata: { namespace, name: 'default' } });
}
