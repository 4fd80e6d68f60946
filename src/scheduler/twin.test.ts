/** Decisions against a twin that works everything out from the raw objects, slowly and plainly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { SeededRandom } from '#base/random.ts';
import { Quantity } from '#machinery/quantity.ts';
import { decide } from './decide.ts';
import { podInfo } from './framework/pod-info.ts';
import { NodeTable } from './node-table.ts';
import { createFramework, defaultProfile } from './profile.ts';
import { nodeOf, podOf } from './scenario.ts';
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

function framework() {
  const plugins = defaultProfile.plugins.filter(plugin => plugin !== 'DefaultBinder');
  const context = pluginContext();
  return createFramework({ ...defaultProfile, plugins }, context);
}

test('a pod is placed exactly where the twin would have it, and equal input gives equal placement', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), podWords, fc.nat(), (steps, words, seed) => {
      const twin = new Twin();
      const table = new NodeTable(() => ({}));
      for (const [i, change] of steps.entries()) {
        if (change.type === 'node') {
          const node = nodeOf(change.name, change.words as Record<string, string>);
          twin.nodes.set(change.name, node);
          table.setNode(node);
        } else if (change.type === 'gone') {
          twin.nodes.delete(change.name);
          table.removeNode(change.name);
        } else if (change.type === 'place') {
          const pod = podOf(`p${i}`, { ...(change.words as Record<string, string>), on: change.on });
          twin.pods.set(`p${i}`, pod);
          table.setPod(pod);
        } else {
          const uid = [...twin.pods.keys()][change.which % Math.max(1, twin.pods.size)];
          if (uid === undefined) continue;
          twin.pods.delete(uid);
          table.removePod(uid);
        }
      }
      const pod = podOf('new', words as Record<string, string>);
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
