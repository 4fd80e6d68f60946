/** What is kept one change at a time, and shared among equal pods, against a table made anew from the same objects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { SeededRandom } from '#base/random.ts';
import { type Decision, decide, scoreNodes } from './decide.ts';
import { diagnosisText } from './diagnosis.ts';
import type { Framework } from './framework.ts';
import { podInfo } from './framework/pod-info.ts';
import { NodeTable } from './node-table.ts';
import { createFramework, defaultProfile } from './profile.ts';
import { nodeOf, podOf } from './scenario.ts';
import type { Words } from './scenario-words.ts';
import { pluginContext } from './testing.ts';

const nodeNames = ['n0', 'n1', 'n2', 'n3', 'n4'];
const word = <T extends string>(...values: T[]) => fc.constantFrom(...values);
const host = 'kubernetes.io/hostname';

const nodeWords = fc.record(
  {
    cpu: word('1', '2'),
    pods: word('1', '2', '4'),
    labels: word('zone:a', 'zone:b', 'zone:b,disk:ssd', 'topology.kubernetes.io/zone:z'),
    taints: word('t:NoSchedule', 't:PreferNoSchedule'),
    images: word('web:300000000', 'db:900000000'),
    cordoned: word(''),
  },
  { requiredKeys: ['cpu', 'pods'] },
);
const common = fc.record({
  cpu: word('250m', '1'),
  priority: word('0', '5'),
  labels: word('app:x', 'app:y', 'app:x,tier:1'),
});
const features = fc.oneof(
  fc.record({ owner: word('o', 'p') }),
  fc.record({ image: word('web', 'db') }),
  fc.record({ selector: word('zone:a', 'disk:ssd') }),
  fc.record({ prefers: word('disk:ssd') }),
  fc.record({ tolerates: word('t') }),
  fc.record({ port: word('80') }),
  fc.record({ names: word('n0,n1,n2') }),
  fc.record({ away: word('app:x@zone', `app:y@${host}`) }),
  fc.record({ near: word('app:x@zone', `app:x@${host}`) }),
  fc.record({ likes: word('app:y@zone', `app:x@${host}`) }),
  fc.record({ dislikes: word('app:x@zone', `app:y@${host}`) }),
  fc.record({ spread: word('zone:1', `${host}:1`, 'zone:1:soft', `${host}:1:soft`) }),
);
/** Few wishes each, so that most pods fit somewhere. */
const podWords = fc
  .tuple(common, fc.array(features, { maxLength: 2 }))
  .map(([words, more]): Words => Object.assign({}, words, ...more));
const index = fc.nat({ max: 1000 });
const cluster = fc.array(nodeWords, { minLength: 3, maxLength: 5 });
/** Few kinds of pods in one run, so that what is kept is used. */
const kinds = fc.array(podWords, { minLength: 3, maxLength: 3 });
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ type: word('node'), name: word(...nodeNames), words: nodeWords }) },
  { weight: 1, arbitrary: fc.record({ type: word('gone'), name: word(...nodeNames) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: word('place'), name: word(...nodeNames), kind: fc.nat({ max: 2 }) }),
  },
  { weight: 6, arbitrary: fc.record({ type: word('decide'), kind: fc.nat({ max: 2 }), seed: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: word('confirm', 'leave', 'relabel', 'remove'), which: index }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: word('nominate'), name: word(...nodeNames), kind: fc.nat({ max: 2 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: word('withdraw', 'redeem'), which: index, seed: fc.nat() }) },
);

function framework(): Framework {
  const plugins = defaultProfile.plugins.filter(plugin => plugin !== 'DefaultBinder');
  return createFramework({ ...defaultProfile, plugins }, pluginContext());
}

const pick = <T>(items: Iterable<T>, which: number): T | undefined => {
  const all = [...items];
  return all[which % Math.max(1, all.length)];
};

/** The table under test, and the objects that it should stand for. */
class Model {
  readonly table = new NodeTable(() => ({}));
  readonly #framework = framework();
  readonly #nodes = new Map<string, Node>();
  readonly #pods = new Map<string, Pod>();
  readonly #nominated = new Map<string, { pod: Pod; nodeName: string }>();

  setNode(name: string, words: Words): void {
    const node = nodeOf(name, words);
    this.#nodes.set(name, node);
    this.table.setNode(node);
  }

  removeNode(name: string): void {
    this.#nodes.delete(name);
    this.table.removeNode(name);
  }

  place(pod: Pod): void {
    this.#pods.set(pod.metadata.uid!, pod);
    this.table.setPod(pod);
  }

  nominate(pod: Pod, nodeName: string): void {
    this.#nominated.set(pod.metadata.uid!, { pod, nodeName });
    this.table.nominate(podInfo(pod), nodeName);
  }

  withdraw(which: number): void {
    const uid = pick(this.#nominated.keys(), which);
    if (uid === undefined) return;
    this.#nominated.delete(uid);
    this.table.removeNomination(uid);
  }

  /** A pod with a promise has its turn. */
  redeem(which: number, seed: number): void {
    const nominated = pick(this.#nominated.values(), which);
    if (!nominated || !this.decide(nominated.pod, seed)) return;
    this.#nominated.delete(nominated.pod.metadata.uid!);
  }

  change(type: string, which: number): void {
    const pod = pick(this.#pods.values(), which);
    if (!pod) return;
    const uid = pod.metadata.uid!;
    if (type === 'remove') {
      this.#pods.delete(uid);
      const node = this.table.get(pod.spec!.nodeName!);
      const freed = this.table.free(uid);
      assert.equal(freed?.pod.uid, uid);
      assert.equal(freed.node, node && this.table.get(node.name));
    } else if (type === 'leave') {
      this.place({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    } else if (type === 'relabel') {
      this.place({ ...pod, metadata: { ...pod.metadata, labels: { app: 'y' } } });
    } else if (type === 'confirm') {
      this.place(structuredClone(pod));
    }
  }

  /** Decides, compares with a table made anew, and assumes what was decided. */
  decide(pod: Pod, seed: number): boolean {
    const info = podInfo(pod);
    const fresh = this.#fresh();
    const { nodes } = this.table;
    assert.deepEqual(
      scoreNodes(this.#framework, this.table, info, nodes),
      scoreNodes(framework(), fresh, info, fresh.nodes),
    );
    const decided = decide(this.#framework, this.table, info, new SeededRandom(seed), seed % 7);
    const anew = decide(framework(), fresh, info, new SeededRandom(seed), seed % 7);
    assert.deepEqual(outcome(decided), outcome(anew));
    if (decided.verdict.type !== 'fits') return false;
    const { nodeName } = decided.verdict;
    this.#pods.set(info.uid, { ...pod, spec: { ...pod.spec!, nodeName } });
    this.table.assume(info, nodeName);
    return true;
  }

  #fresh(): NodeTable {
    const fresh = new NodeTable(() => ({}));
    for (const { name } of this.table.nodes) fresh.setNode(this.#nodes.get(name)!);
    assert.equal(fresh.nodes.length, this.#nodes.size);
    for (const pod of this.#pods.values()) fresh.setPod(pod);
    for (const { pod, nodeName } of this.#nominated.values()) fresh.nominate(podInfo(pod), nodeName);
    return fresh;
  }
}

function outcome({ verdict, nextStart }: Decision): unknown {
  if (verdict.type === 'fits') return { nodeName: verdict.nodeName, nextStart };
  const { diagnosis } = verdict;
  return {
    nextStart,
    text: diagnosisText(diagnosis),
    plugins: [...diagnosis.plugins].sort(),
    rejections: [...diagnosis.rejections].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

test('a table kept one change at a time decides as one made anew', () => {
  fc.assert(
    fc.property(kinds, cluster, fc.array(step, { minLength: 20, maxLength: 80 }), (words, nodes, steps) => {
      const model = new Model();
      for (const [i, node] of nodes.entries()) model.setNode(nodeNames[i]!, node as Words);
      const wordsOf = (kind: number) => words[kind]!;
      for (const [i, change] of steps.entries()) {
        switch (change.type) {
          case 'node':
            model.setNode(change.name, change.words as Words);
            break;
          case 'gone':
            model.removeNode(change.name);
            break;
          case 'place':
            model.place(podOf(`p${i}`, { ...wordsOf(change.kind), on: change.name }));
            break;
          case 'decide':
            model.decide(podOf(`d${i}`, wordsOf(change.kind)), change.seed);
            break;
          case 'nominate':
            model.nominate(podOf(`w${i}`, wordsOf(change.kind)), change.name);
            break;
          case 'withdraw':
            model.withdraw(change.which);
            break;
          case 'redeem':
            model.redeem(change.which, change.seed);
            break;
          default:
            model.change(change.type, change.which);
        }
      }
    }),
    { numRuns: 300 },
  );
});
