/**
 * Scripts of what a DaemonSet does to its pods:
 *   set [maxUnavailable=1] [maxSurge=0] [onDelete] [rolling] [tolerates=KEY]
 *   template NAME [broken]          the next revision; pods of a broken one never become ready
 *   node NAME [taint=KEY:EFFECT]    comes or changes; 'gone NAME' goes
 *   pod NODE REVISION STATE         makes the pod of that revision unready, failed, going, gone or ready
 *   failing NODE                    its failed pods are in back-off from now on
 *   settle                          a line for each round, until nothing moves
 *   status                          the counts
 */
import type { DaemonSet } from '#api/generated/types/apps.v1.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { type Scenario, testScenarios } from '#test/scenarios.ts';
import { revisionHashLabel } from '../shared/revisions.ts';
import { DaemonBoard } from './board.ts';
import { countDaemons, type DaemonTerms, planDaemons } from './plan.ts';

type Options = Readonly<Record<string, string>>;

class World implements Scenario {
  readonly #nodes = new Map<string, Node>();
  readonly #broken = new Set<string>();
  readonly #failing = new Set<string>();
  #pods: Pod[] = [];
  #created = 0;
  #hash = 'v1';
  #strategy: { type: string; rollingUpdate?: object } = { type: 'RollingUpdate', rollingUpdate: {} };
  #tolerations: object[] = [];

  run(verb: string, words: readonly string[], options: Options): string[] {
    const name = words[0]!;
    if (verb === 'set') this.#configure(words, options);
    else if (verb === 'node') this.#nodes.set(name, nodeWith(name, options.taint));
    else if (verb === 'gone') this.#nodes.delete(name);
    else if (verb === 'failing') this.#failing.add(name);
    else if (verb === 'pod') this.#touch(words);
    else if (verb === 'template') {
      this.#hash = name;
      if (words[1]) this.#broken.add(name);
    } else return verb === 'status' ? [this.#status()] : this.#settle();
    return [];
  }

  #configure(words: readonly string[], { tolerates, ...limits }: Options): void {
    const parsed = Object.entries(limits).map(([key, value]) => [
      key,
      value.endsWith('%') ? value : Number(value),
    ]);
    this.#strategy = words.includes('onDelete')
      ? { type: 'OnDelete' }
      : { type: 'RollingUpdate', rollingUpdate: Object.fromEntries(parsed) };
    if (tolerates) this.#tolerations = [{ key: tolerates, operator: 'Exists' }];
  }

  #touch([node, revision, state]: readonly string[]): void {
    this.#pods = this.#pods.flatMap(pod => {
      if (pod.metadata.name !== `${node}-${revision}`) return [pod];
      return state === 'gone' ? [] : [podIn(pod, state!)];
    });
  }

  get #terms(): DaemonTerms {
    const template = { spec: { tolerations: this.#tolerations } };
    const spec = { selector: {}, updateStrategy: this.#strategy, template };
    return { set: { metadata: { name: 'agent' }, spec } as unknown as DaemonSet, hash: this.#hash };
  }

  #board(): DaemonBoard {
    const board = new DaemonBoard();
    for (const pod of this.#pods) board.setPod(pod);
    const nodes = { get: (name: string) => this.#nodes.get(name), names: () => this.#nodes.keys() };
    board.refresh(this.#terms, nodes, Date.parse('2026-01-01T01:00:00Z'));
    return board;
  }

  #settle(): string[] {
    const rounds: string[] = [];
    for (let round = 0; round < 20; round++) {
      const said = this.#round();
      if (said.length === 0) return rounds.length > 0 ? rounds : ['nothing'];
      rounds.push(said.join(', '));
    }
    return [...rounds, '…'];
  }

  #round(): string[] {
    const { create, remove } = planDaemons({
      ...this.#terms,
      places: this.#board(),
      isBackedOff: node => this.#failing.has(node),
    });
    this.#pods = this.#pods.filter(pod => !remove.includes(pod));
    for (const node of create) this.#pods.push(this.#newPod(node));
    return [
      ...remove.map(pod => `delete ${pod.metadata.name}`),
      ...create.map(node => `create ${node}-${this.#hash}`),
    ];
  }

  #newPod(node: string): Pod {
    const creationTimestamp = new Date(
      Date.parse('2026-01-01T00:00:00Z') + this.#created++ * 1000,
    ).toISOString();
    const pod = {
      metadata: {
        name: `${node}-${this.#hash}`,
        uid: `${node}-${this.#hash}`,
        labels: { [revisionHashLabel]: this.#hash },
        creationTimestamp,
      },
      spec: { nodeName: node },
    } as unknown as Pod;
    return podIn(pod, this.#broken.has(this.#hash) ? 'unready' : 'ready');
  }

  #status(): string {
    const { observedGeneration: _, ...counts } = countDaemons(this.#terms.set, this.#board().sums);
    return Object.entries(counts)
      .map(([name, count]) => `${name}=${count}`)
      .join(' ');
  }
}

function nodeWith(name: string, taint: string | undefined): Node {
  const [key, effect] = taint?.split(':') ?? [];
  return { metadata: { name }, spec: { taints: key ? [{ key, effect }] : [] } } as unknown as Node;
}

function podIn(pod: Pod, state: string): Pod {
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(state === 'going' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    status: {
      phase: state === 'failed' ? 'Failed' : 'Running',
      conditions: [{ type: 'Ready', status: state === 'ready' ? 'True' : 'False' }],
    },
  } as unknown as Pod;
}

testScenarios(new URL('scenarios/', import.meta.url), () => new World());
