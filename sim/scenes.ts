import { namespaces, serviceAccounts } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { builtInControllers, type ControllerOptions } from '#controllers/registry.ts';
import type { Exploration, Invariant, Stage } from '#explore/index.ts';
import type { KubeObject } from '#machinery/object.ts';
import { addresses } from './checkers/addresses.ts';
import { capacity } from './checkers/capacity.ts';
import type { Checker, Inspection, Outcome } from './checkers/checker.ts';
import { endpoints } from './checkers/endpoints.ts';
import { jobs } from './checkers/jobs.ts';
import { namespaces as namespacesChecker } from './checkers/namespaces.ts';
import { nodes as nodesChecker } from './checkers/nodes.ts';
import { placement } from './checkers/placement.ts';
import { revisions } from './checkers/revisions.ts';
import { rollouts } from './checkers/rollouts.ts';
import { stories as storiesChecker } from './checkers/stories.ts';
import { controllerOptions } from './components.ts';
import { Intent } from './intent.ts';
import { stories } from './stories/registry.ts';
import type { Story } from './stories/story.ts';
import { User } from './user.ts';

/** What must hold in every scene; the simulator's other checkers need processes, or controllers that a scene may lack. */
const checkers: readonly Checker<Outcome>[] = [
  addresses,
  capacity,
  endpoints,
  jobs,
  namespacesChecker,
  nodesChecker,
  placement,
  revisions,
  rollouts,
  storiesChecker,
];

/** Of revisions there is one for each template that the controller came to see. */
const isHistory = ({ kind }: KubeObject) => kind === 'ControllerRevision';
/** What a scheduler may decide one way or the other. */
const ignoredAlways = ['nodeName', 'hostIP', 'hostIPs', 'nodeNames'];
const pauseMsDefault = 5_000;

type Scene = (stage: Stage) => Exploration;

/**
 * By a controller's name: its first story, with faults for the controller alone. By 'story/NAME', where a story has several
 * controllers: with faults for all of them, in one process.
 */
export function scenes(): ReadonlyMap<string, Scene> {
  const names = builtInControllers(controllerOptions).map(({ name }) => name);
  const alone = names.sort().map(name => {
    const story = stories.find(({ controllers }) => controllers.includes(name))!;
    return [name, (stage: Stage) => explorationOf([name], story, stage)] as const;
  });
  const together = stories
    .filter(({ controllers }) => controllers.length > 1)
    .map(
      story =>
        [`story/${story.name}`, (stage: Stage) => explorationOf(story.controllers, story, stage)] as const,
    );
  return new Map([...alone, ...together]);
}

function controllersNamed(names: readonly string[], options: ControllerOptions) {
  return builtInControllers(options).filter(({ name }) => names.includes(name));
}

function explorationOf(
  names: readonly string[],
  story: Story,
  { client, clock, random }: Stage,
): Exploration {
  const {
    beside = [],
    nodes = 0,
    pauseMs = pauseMsDefault,
    endsVary = false,
    ignored = [],
  } = story.exploring ?? {};
  const intent = new Intent();
  const user = new User(client, clock);
  // A node is tainted until somebody has seen that it is ready.
  const forNodes = nodes > 0 ? ['node-lifecycle'] : [];
  const others = [...story.controllers, ...beside, ...forNodes].filter(other => !names.includes(other));
  const steps = story.steps({ user, namespace: story.name, clock, random, intent });
  return {
    controllers: controllersNamed(names, controllerOptions),
    company: { controllers: controllersNamed(others, controllerOptions), nodes, scheduler: nodes > 0 },
    setUp: () => setUp(client, story.name),
    steps: steps.map((act, i) => ({ name: `${story.name} ${i + 1}`, act, pauseMs })),
    invariants: checkers.map(checker => invariantOf(checker, intent)),
    ignored: [...ignoredAlways, ...ignored],
    compared: object => (endsVary || isHistory(object) ? undefined : object),
  };
}

function invariantOf({ name, inspect }: Checker<Outcome>, intent: Intent): Invariant {
  const wrong: string[] = [];
  const violated = (what: string) => wrong.push(what);
  let inspection: Inspection | undefined;
  return {
    name,
    always: world => {
      inspection ??= inspect({ world, intent, violated });
      return wrong[0];
    },
    finally: () => [...wrong, ...(inspection?.pending?.() ?? [])],
  };
}

async function setUp(client: Client, namespace: string): Promise<void> {
  await client.create(namespaces, { metadata: { name: namespace } });
  await client.create(serviceAccounts, { metadata: { namespace, name: 'default' } });
}
