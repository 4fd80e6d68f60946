/** Decisions against a twin that works everything out from the raw objects, slowly and plainly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Node, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '#api/generated/types/core.v1.ts';
import { SeededRandom } from '#base/random.ts';
import { Quantity } from '#machinery/quantity.ts';
import { decide, scoreNodes } from './decide.ts';
import { podInfo } from './framework/pod-info.ts';
import { NodeTable } from './node-table.ts';
import { createFramework, defaultProfile } from './profile.ts';
import { nodeOf, podOf } from './scenario.ts';
import type { Words } from './scenario-words.ts';
import { pluginContext } from './testing.ts';

const nodeNames = ['n0', 'n1', 'n2', 'n3'];
const word = <T extends string>(...values: T[]) => fc.constantFrom(...values);

const nodeWords = fc.record(
  {
    cpu: word('1', '2'),
    memory: word('1Gi', '2Gi'),
    pods: word('2', '5'),
    labels: word('zone:a', 'zone:b', 'zone:a,disk:ssd'),
    taints: word('t:NoSchedule', 't:NoExecute', 't:PreferNoSchedule'),
    cordoned: word(''),
  },
  { requiredKeys: ['cpu', 'memory', 'pods'] },
);
const podWords = fc.record(
  {
    cpu: word('250m', '1', '1500m'),
    memory: word('512Mi', '1Gi'),
    labels: word('app:x', 'app:y'),
    selector: word('zone:a', 'disk:ssd'),
    tolerates: word('t'),
    port: word('80', '81'),
    names: word('n0,n1', 'n2'),
    away: word('app:x@zone', 'app:y@kubernetes.io/hostname'),
    near: word('app:x@zone', 'app:y@kubernetes.io/hostname'),
    likes: word('app:y@zone', 'app:x@kubernetes.io/hostname'),
    dislikes: word('app:x@zone', 'app:y@kubernetes.io/hostname'),
    spread: word('zone:1', 'kubernetes.io/hostname:1'),
  },
  { requiredKeys: [] },
);
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: word('node'), name: word(...nodeNames), words: nodeWords }) },
  { weight: 4, arbitrary: fc.record({ type: word('place'), on: word(...nodeNames), words: podWords }) },
  { weight: 1, arbitrary: fc.record({ type: word('remove'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: word('gone'), name: word(...nodeNames) }) },
);

type Labels = Readonly<Record<string, string>>;

class Twin {
  readonly nodes = new Map<string, Node>();
  readonly pods = new Map<string, Pod>();

  feasible(pod: Pod): string[] {
    return [...this.nodes.values()].filter(node => this.#fits(pod, node)).map(node => node.metadata.name!);
  }

  #on(node: Node): Pod[] {
    return [...this.pods.values()].filter(pod => pod.spec!.nodeName === node.metadata.name);
  }

  #fits(pod: Pod, node: Node): boolean {
    return (
      !node.spec!.unschedulable &&
      this.#tolerated(pod, node) &&
      this.#selected(pod, node) &&
      this.#hasPorts(pod, node) &&
      this.#hasRoom(pod, node) &&
      this.#spreads(pod, node) &&
      this.#affine(pod, node)
    );
  }

  #tolerated(pod: Pod, node: Node): boolean {
    return (node.spec!.taints ?? []).every(
      taint => taint.effect === 'PreferNoSchedule' || pod.spec!.tolerations!.some(t => t.key === taint.key),
    );
  }

  #selected(pod: Pod, node: Node): boolean {
    const wanted = Object.entries(pod.spec!.nodeSelector!);
    const terms =
      pod.spec!.affinity!.nodeAffinity!.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    return (
      wanted.every(([key, value]) => node.metadata.labels![key] === value) &&
      (!terms || terms[0]!.matchFields![0]!.values!.includes(node.metadata.name!))
    );
  }

  #hasPorts(pod: Pod, node: Node): boolean {
    const taken = this.#on(node).flatMap(other =>
      other.spec!.containers[0]!.ports!.map(port => port.hostPort),
    );
    return pod.spec!.containers[0]!.ports!.every(port => !taken.includes(port.hostPort));
  }

  #hasRoom(pod: Pod, node: Node): boolean {
    const all = [...this.#on(node), pod];
    const allocatable = node.status!.allocatable!;
    if (all.length > Number(allocatable.pods)) return false;
    return ['cpu', 'memory'].every(resource => {
      const asks = (p: Pod) => p.spec!.containers[0]!.resources!.requests![resource] ?? '0';
      if (asks(pod) === '0') return true;
      const sum = all.reduce((total, p) => total.add(Quantity.parse(asks(p))), Quantity.zero);
      return sum.compare(Quantity.parse(allocatable[resource]!)) <= 0;
    });
  }

  #matching(labels: Labels, where: (node: Node) => boolean): number {
    return [...this.nodes.values()]
      .filter(where)
      .flatMap(node => this.#on(node))
      .filter(other => Object.entries(labels).every(([key, value]) => other.metadata.labels![key] === value))
      .length;
  }

  #spreads(pod: Pod, node: Node): boolean {
    return pod.spec!.topologySpreadConstraints!.every(({ topologyKey, maxSkew, labelSelector }) => {
      const own = node.metadata.labels![topologyKey];
      if (own === undefined) return false;
      const counted = [...this.nodes.values()].filter(
        n => this.#selected(pod, n) && n.metadata.labels![topologyKey],
      );
      const values = new Set(counted.map(n => n.metadata.labels![topologyKey]!));
      const countAt = (value: string) =>
        this.#matching(
          labelSelector!.matchLabels!,
          n => n.metadata.labels![topologyKey] === value && counted.includes(n),
        );
      const min = values.size === 0 ? 0 : Math.min(...[...values].map(countAt));
      // The pod's own labels are the selector.
      return countAt(own) + 1 - min <= maxSkew;
    });
  }

  /** Normalised scores of soft pod affinity, by node. */
  affinityScores(pod: Pod): Map<string, number> {
    const raw = new Map<string, number>();
    for (const node of this.nodes.values()) {
      let sum = 0;
      for (const from of this.nodes.values()) {
        for (const other of this.#on(from)) {
          sum += wish(pod, other, node, from, true) + wish(other, pod, from, node, false);
        }
      }
      raw.set(node.metadata.name!, sum);
    }
    const [min, max] = [Math.min(...raw.values()), Math.max(...raw.values())];
    const scale = (sum: number) => (max === min ? 0 : Math.trunc(100 * ((sum - min) / (max - min))));
    return new Map([...raw].map(([name, sum]) => [name, scale(sum)]));
  }

  /** Normalised scores of one ScheduleAnyway constraint, by node. */
  spreadScores(pod: Pod): Map<string, number> {
    const { topologyKey, maxSkew, labelSelector } = pod.spec!.topologySpreadConstraints![0]!;
    const topologyOf = (node: Node) => node.metadata.labels![topologyKey];
    const within = [...this.nodes.values()].filter(node => topologyOf(node) !== undefined);
    const perHost = topologyKey === 'kubernetes.io/hostname';
    const weight = Math.log(new Set(within.map(topologyOf)).size + 2);
    const raw = within.map(node => {
      const counted = (n: Node) => topologyOf(n) === topologyOf(node) && (perHost || this.#selected(pod, n));
      return Math.round(this.#matching(labelSelector!.matchLabels!, counted) * weight + maxSkew - 1);
    });
    const [min, max] = [Math.min(...raw), Math.max(0, ...raw)];
    const scores = new Map([...this.nodes.keys()].map(name => [name, 0]));
    for (const [i, node] of within.entries()) {
      const score = max === 0 ? 100 : Math.floor((100 * (max + min - raw[i]!)) / max);
      scores.set(node.metadata.name!, score);
    }
    return scores;
  }

  #affine(pod: Pod, node: Node): boolean {
    const matches = (labels: Labels, other: Pod) =>
      Object.entries(labels).every(([key, value]) => other.metadata.labels![key] === value);
    const near = pod.spec!.affinity!.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0];
    if (near) {
      const labels = near.labelSelector!.matchLabels!;
      const own = node.metadata.labels![near.topologyKey];
      if (own === undefined) return false;
      const here = this.#matching(labels, n => n.metadata.labels![near.topologyKey] === own);
      const anywhere = this.#matching(labels, n => n.metadata.labels![near.topologyKey] !== undefined);
      if (here === 0 && !(anywhere === 0 && matches(labels, pod))) return false;
    }
    const shuns = (shy: Pod, other: Pod, from: Node, to: Node) => {
      const away = shy.spec!.affinity!.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0];
      if (!away || !matches(away.labelSelector!.matchLabels!, other)) return false;
      const value = from.metadata.labels![away.topologyKey];
      return value !== undefined && value === to.metadata.labels![away.topologyKey];
    };
    return [...this.nodes.values()].every(n =>
      this.#on(n).every(other => !shuns(pod, other, node, n) && !shuns(other, pod, n, node)),
    );
  }
}

/** What one pod's terms say of another's place, in points: only the pod to place has no say by what it requires. */
function wish(pod: Pod, other: Pod, at: Node, from: Node, placing: boolean): number {
  const { podAffinity, podAntiAffinity } = pod.spec!.affinity!;
  const meets = ({ labelSelector, topologyKey }: PodAffinityTerm) =>
    Object.entries(labelSelector!.matchLabels!).every(
      ([key, value]) => other.metadata.labels![key] === value,
    ) &&
    at.metadata.labels![topologyKey] !== undefined &&
    at.metadata.labels![topologyKey] === from.metadata.labels![topologyKey];
  const weigh = (terms: readonly WeightedPodAffinityTerm[] = []) =>
    terms.reduce((sum, { weight, podAffinityTerm }) => sum + (meets(podAffinityTerm) ? weight : 0), 0);
  const required = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return (
    weigh(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution) -
    weigh(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution) +
    (placing ? 0 : required.filter(meets).length)
  );
}

/** The profile's plugins but the binder, or some of them. */
function framework(only?: readonly string[]) {
  const plugins = only ?? defaultProfile.plugins.filter(plugin => plugin !== 'DefaultBinder');
  const context = pluginContext();
  return createFramework({ ...defaultProfile, plugins }, context);
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Plays the steps on the twin and on a table. */
function play(steps: readonly Step[]): { twin: Twin; table: NodeTable } {
  const twin = new Twin();
  const table = new NodeTable(() => ({}));
  for (const [i, change] of steps.entries()) {
    if (change.type === 'node') {
      const node = nodeOf(change.name, change.words as Words);
      twin.nodes.set(change.name, node);
      table.setNode(node);
    } else if (change.type === 'gone') {
      twin.nodes.delete(change.name);
      table.removeNode(change.name);
    } else if (change.type === 'place') {
      const pod = podOf(`p${i}`, { ...(change.words as Words), on: change.on });
      twin.pods.set(`p${i}`, pod);
      table.setPod(pod);
    } else {
      const uid = [...twin.pods.keys()][change.which % Math.max(1, twin.pods.size)];
      if (uid === undefined) continue;
      twin.pods.delete(uid);
      table.removePod(uid);
    }
  }
  return { twin, table };
}

test('a pod is placed exactly where the twin would have it, and equal input gives equal placement', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), podWords, fc.nat(), (steps, words, seed) => {
      const { twin, table } = play(steps);
      const pod = podOf('new', words as Words);
      const feasible = twin.feasible(pod);
      const run = () => decide(framework(), table, podInfo(pod), new SeededRandom(seed), seed % 4).verdict;
      const verdict = run();
      assert.equal(verdict.type, feasible.length > 0 ? 'fits' : 'unfit', `feasible: ${feasible}`);
      if (verdict.type !== 'fits') return;
      assert.ok(feasible.includes(verdict.nodeName));
      assert.deepEqual(run(), verdict);
    }),
    { numRuns: 1000 },
  );
});

test('soft affinity and soft spreading score as the twin does', () => {
  const scoresBy = (plugin: string, table: NodeTable, pod: Pod) => {
    const { nodes } = table;
    const scores = scoreNodes(framework(['PrioritySort', plugin]), table, podInfo(pod), nodes);
    const weight = (defaultProfile.weights as Record<string, number>)[plugin]!;
    return new Map(nodes.map(({ name }, i) => [name, scores[i]! / weight]));
  };
  const byName = (scores: Map<string, number>) => [...scores].sort(([a], [b]) => (a < b ? -1 : 1));
  const spread = word('zone:2:soft', 'kubernetes.io/hostname:3:soft');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), podWords, spread, (steps, words, constraint) => {
      const { twin, table } = play(steps);
      const pod = podOf('new', { ...(words as Words), spread: constraint });
      assert.deepEqual(byName(scoresBy('InterPodAffinity', table, pod)), byName(twin.affinityScores(pod)));
      assert.deepEqual(byName(scoresBy('PodTopologySpread', table, pod)), byName(twin.spreadScores(pod)));
    }),
    { numRuns: 500 },
  );
});

test('what is evicted is less important, enough and no more than needed', () => {
  const small = fc.record({
    cpu: word('500m', '1'),
    priority: word('0', '1', '2'),
    port: word('80', '81', '82'),
  });
  const onNode = fc.array(small, { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(onNode, { minLength: 1, maxLength: 4 }), small, (pods, words) => {
      const twin = new Twin();
      const table = new NodeTable(() => ({}));
      for (const [i, list] of pods.entries()) {
        const node = nodeOf(`n${i}`, { cpu: '2', memory: '1Gi', pods: '4' });
        twin.nodes.set(`n${i}`, node);
        table.setNode(node);
        for (const [j, placed] of list.entries()) {
          const pod = podOf(`p${i}-${j}`, { ...placed, on: `n${i}` });
          twin.pods.set(pod.metadata.uid!, pod);
          table.setPod(pod);
        }
      }
      const pod = podOf('new', { ...words, priority: '2' });
      const profile = framework();
      const { verdict } = decide(profile, table, podInfo(pod), new SeededRandom(1), 0);
      if (verdict.type === 'fits') return;
      const plugin = profile.plugin('DefaultPreemption')!;
      const { nominated } = plugin.postFilter!(verdict.postFilterInput!);
      const lower = [...twin.pods.values()].filter(({ spec }) => spec!.priority! < 2);
      const without = (gone: readonly Pod[]) => {
        const rest = new Twin();
        for (const [name, node] of twin.nodes) rest.nodes.set(name, node);
        for (const [uid, other] of twin.pods) if (!gone.includes(other)) rest.pods.set(uid, other);
        return rest.feasible(pod);
      };
      assert.equal(nominated !== undefined, without(lower).length > 0);
      if (!nominated) return;
      const victims = nominated.victims.map(({ uid }) => twin.pods.get(uid)!);
      for (const victim of victims) assert.ok(lower.includes(victim));
      assert.ok(without(victims).includes(nominated.nodeName));
      for (const spared of victims) {
        const rest = victims.filter(victim => victim !== spared);
        assert.ok(!without(rest).includes(nominated.nodeName), `${spared.metadata.name} need not go`);
      }
    }),
    { numRuns: 500 },
  );
});
