/** One scheduler extender: a server that filters, scores and binds too (k8s.io/kube-scheduler/extender/v1). */
import type { Node } from '#api/generated/types/core.v1.ts';
import type { ExtenderConfiguration } from '../config/types.ts';
import type { NodeInfo } from '../framework/node-info.ts';
import { maxNodeScore, type PreemptionCandidate, type Rejection } from '../framework/plugin.ts';
import type { PodInfo } from '../framework/pod-info.ts';

/** Posts JSON to `urlPrefix/verb` and answers the JSON of a 200. Rejects on anything else, and when its time is over. */
export type ExtenderPost = (verb: string, body: unknown) => Promise<unknown>;

export const extenderName = 'Extender';

export interface FilterAnswer {
  readonly nodes: readonly NodeInfo[];
  readonly rejections: ReadonlyMap<string, Rejection>;
}

/** The scores that an extender gives go up to this. */
const maxExtenderScore = 10;

export class Extender {
  readonly #config: ExtenderConfiguration;
  readonly #post: ExtenderPost;
  readonly #managed: ReadonlySet<string>;

  constructor(config: ExtenderConfiguration, post: ExtenderPost) {
    this.#config = config;
    this.#post = post;
    this.#managed = new Set((config.managedResources ?? []).map(({ name }) => name));
  }

  get name(): string {
    return this.#config.urlPrefix;
  }

  get preempts(): boolean {
    return !!this.#config.preemptVerb;
  }

  /** Scheduling goes on without it when it fails. */
  get ignorable(): boolean {
    return this.#config.ignorable ?? false;
  }

  get binds(): boolean {
    return !!this.#config.bindVerb;
  }

  /** Every pod's, or only that of pods that ask for what it manages. */
  isInterestedIn({ pod }: PodInfo): boolean {
    if (this.#managed.size === 0) return true;
    const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
    return containers.some(({ resources = {} }) =>
      Object.keys({ ...resources.requests, ...resources.limits }).some(name => this.#managed.has(name)),
    );
  }

  /** Which of the nodes will do. */
  async filter(pod: PodInfo, nodes: readonly NodeInfo[]): Promise<FilterAnswer> {
    const { filterVerb, nodeCacheCapable } = this.#config;
    if (!filterVerb) return { nodes, rejections: new Map() };
    const answer = fieldsOf(await this.#post(filterVerb, this.#arguments(pod, nodes)));
    if (answer.error) throw new Error(String(answer.error));
    const passed = nodeCacheCapable && answer.nodenames ? answer.nodenames : fieldsOf(answer.nodes).items;
    const names = (passed as readonly (string | Node)[] | undefined) ?? [];
    const known = new Map(nodes.map(node => [node.name, node]));
    return {
      nodes: names.map(one => {
        const name = typeof one === 'string' ? one : (one.metadata.name ?? '');
        const node = known.get(name);
        if (node) return node;
        throw new Error(
          `extender "${this.name}" claims a filtered node "${name}" which is not found in the input node list`,
        );
      }),
      rejections: new Map([
        ...rejectionsOf(answer.failednodes, 'Unschedulable'),
        ...rejectionsOf(answer.failedandunresolvablenodes, 'UnschedulableAndUnresolvable'),
      ]),
    };
  }

  /** What it adds to the scores of nodes, by their names: weighed, and on the scale of a plugin's. */
  async prioritize(pod: PodInfo, nodes: readonly NodeInfo[]): Promise<ReadonlyMap<string, number>> {
    const { prioritizeVerb, weight = 1 } = this.#config;
    if (!prioritizeVerb) return new Map();
    const answer = (await this.#post(prioritizeVerb, this.#arguments(pod, nodes))) as
      | readonly unknown[]
      | null;
    return new Map(
      (answer ?? []).map(one => {
        const { host, score } = fieldsOf(one);
        return [String(host), Number(score) * weight * (maxNodeScore / maxExtenderScore)];
      }),
    );
  }

  /** Which of the nodes may be freed, and of which pods. */
  async preempt(
    { pod }: PodInfo,
    candidates: readonly PreemptionCandidate[],
  ): Promise<PreemptionCandidate[]> {
    const { nodeCacheCapable, preemptVerb } = this.#config;
    const byNode = Object.fromEntries(
      candidates.map(({ node, victims, violations }) => [
        node.name,
        {
          Pods: victims.map(victim => (nodeCacheCapable ? { UID: victim.uid } : victim.pod)),
          NumPDBViolations: violations,
        },
      ]),
    );
    const answer = await this.#post(preemptVerb!, {
      Pod: pod,
      NodeNameToVictims: nodeCacheCapable ? null : byNode,
      NodeNameToMetaVictims: nodeCacheCapable ? byNode : null,
    });
    const nodes = new Map(candidates.map(({ node }) => [node.name, node]));
    return Object.entries(fieldsOf(answer).nodenametometavictims ?? {}).map(([name, value]) =>
      this.#candidate(nodes.get(name), name, fieldsOf(value)),
    );
  }

  #candidate(
    node: NodeInfo | undefined,
    name: string,
    { pods, numpdbviolations }: Readonly<Record<string, unknown>>,
  ): PreemptionCandidate {
    if (!node) throw new Error(`extender "${this.name}" names a node "${name}" that it was not asked about`);
    const victims = ((pods as readonly unknown[] | undefined) ?? []).map(one => {
      const uid = String(fieldsOf(one).uid);
      const victim = node.pods.get(uid);
      if (victim) return victim;
      throw new Error(
        `extender: ${this.name} claims to preempt pod (UID: ${uid}) on node: ${name}, but the pod is not found on that node`,
      );
    });
    return { node, victims, violations: Number(numpdbviolations ?? 0) };
  }

  async bind({ pod }: PodInfo, nodeName: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const body = { PodName: name, PodNamespace: namespace, PodUID: uid, Node: nodeName };
    const answer = fieldsOf(await this.#post(this.#config.bindVerb!, body));
    if (answer.error) throw new Error(String(answer.error));
  }

  /** Whoever knows the nodes is told their names alone. */
  #arguments({ pod }: PodInfo, nodes: readonly NodeInfo[]): object {
    if (this.#config.nodeCacheCapable) {
      return { Pod: pod, Nodes: null, NodeNames: nodes.map(({ name }) => name) };
    }
    const items = nodes.map(({ node }) => node);
    return { Pod: pod, Nodes: { kind: 'NodeList', apiVersion: 'v1', metadata: {}, items }, NodeNames: null };
  }
}

/** The members of a JSON object with their names in small letters: Go reads them so. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, part]) => [name.toLowerCase(), part]));
}

function rejectionsOf(failed: unknown, code: Rejection['code']): [string, Rejection][] {
  return Object.entries(failed ?? {}).map(([name, reason]) => [
    name,
    { plugin: extenderName, code, reasons: [String(reason)] },
  ]);
}
