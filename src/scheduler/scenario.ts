/**
 * For tests alone: text scripts of scheduling. Commands, one a line:
 *   node NAME [cpu=4] [memory=8Gi] [pods=110] [labels=a:b,c:d] [taints=key:effect,…] [images=name:bytes] [cordoned]
 *       [features=X,…]                          that its kubelet declares
 *   gone NAME                                   the node is deleted
 *   pod NAME [on=NODE] [cpu=1] [memory=1Gi] [priority=0] [labels=a:b] [owner=X] [selector=a:b] [tolerates=key,…]
 *       [port=80] [gate=x] [image=x] [never] [names=NODE,…] [prefers=a:b] [spread=key:skew[:soft]]
 *       [near=a:b@key] [away=a:b@key] [likes=a:b@key] [dislikes=a:b@key] [claims=CLAIM,…] [disk=ID]
 *       [started=TIME] [restarts-all]
 *                                               waits, or runs where `on` says
 *   done NAME                                   the pod is deleted
 *   class|volume|claim|driver|capacity|limit|service … other objects, see scenario-objects.ts
 *   protect LABEL:VALUE ALLOWED                 a disruption budget
 *   schedule [NAME…]                            decides; without names, for all that wait, by the queue's order
 *   score NAME                                  the nodes' scores, without deciding
 */
import { playScript } from '#base/script.ts';
import { nodes } from '#api/generated/refs.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import { SeededRandom } from '#base/random.ts';
import { decide, scoreNodes } from './decide.ts';
import { diagnosisText } from './diagnosis.ts';
import { runPostFilters, withMessages } from './post-filter.ts';
import type { Framework } from './framework.ts';
import { podInfo } from './framework/pod-info.ts';
import { NodeTable } from './node-table.ts';
import { createFramework, defaultProfile, type Profile } from './profile.ts';
import { setObject } from './scenario-objects.ts';
import { list, pairs, type Words } from './scenario-words.ts';
import { ObjectListers, pluginContext } from './testing.ts';

/** The node that a script line describes. */
export function nodeOf(name: string, words: Words): Node {
  const { cpu = '4', memory = '8Gi', pods = '110' } = words;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...pairs(words.labels) } },
    spec: {
      ...('cordoned' in words ? { unschedulable: true } : {}),
      taints: Object.entries(pairs(words.taints)).map(([key, effect]) => ({ key, effect })),
    },
    status: {
      allocatable: { cpu, memory, pods },
      declaredFeatures: list(words.features),
      images: Object.entries(pairs(words.images)).map(([image, size]) => ({
        names: [`${image}:latest`],
        sizeBytes: Number(size),
      })),
    },
  };
}

function affinityOf(words: Words): NonNullable<Pod['spec']>['affinity'] {
  const term = (text: string) => {
    const [labels, topologyKey] = text.split('@') as [string, string];
    return [{ labelSelector: { matchLabels: pairs(labels) }, topologyKey }];
  };
  const terms = (required: string | undefined, preferred: string | undefined) => ({
    ...(required ? { requiredDuringSchedulingIgnoredDuringExecution: term(required) } : {}),
    ...(preferred
      ? {
          preferredDuringSchedulingIgnoredDuringExecution: term(preferred).map(podAffinityTerm => ({
            weight: 10,
            podAffinityTerm,
          })),
        }
      : {}),
  });
  const names = list(words.names);
  const prefers = Object.entries(pairs(words.prefers)).map(([key, value]) => ({
    weight: 1,
    preference: { matchExpressions: [{ key, operator: 'In', values: [value] }] },
  }));
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: names }] }];
  return {
    ...(words.near || words.likes ? { podAffinity: terms(words.near, words.likes) } : {}),
    ...(words.away || words.dislikes ? { podAntiAffinity: terms(words.away, words.dislikes) } : {}),
    nodeAffinity: {
      ...(names.length > 0 ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } : {}),
      ...(prefers.length > 0 ? { preferredDuringSchedulingIgnoredDuringExecution: prefers } : {}),
    },
  };
}

/** The pod that a script line describes. */
export function podOf(name: string, words: Words): Pod {
  const requests = {
    ...(words.cpu ? { cpu: words.cpu } : {}),
    ...(words.memory ? { memory: words.memory } : {}),
  };
  const [topologyKey, skew, soft] = words.spread?.split(':') ?? [];
  const labels = pairs(words.labels);
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: words.owner ?? '',
    uid: words.owner ?? '',
    controller: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      labels,
      ...(words.owner ? { ownerReferences: [owner] } : {}),
    },
    ...(words.started ? { status: { startTime: words.started } } : {}),
    spec: {
      ...(words.on ? { nodeName: words.on } : {}),
      priority: Number(words.priority ?? 0),
      nodeSelector: pairs(words.selector),
      tolerations: list(words.tolerates).map(key => ({ key, operator: 'Exists' })),
      schedulingGates: list(words.gate).map(gate => ({ name: gate })),
      affinity: affinityOf(words),
      ...('never' in words ? { preemptionPolicy: 'Never' } : {}),
      topologySpreadConstraints: topologyKey
        ? [
            {
              topologyKey,
              maxSkew: Number(skew),
              whenUnsatisfiable: soft ? 'ScheduleAnyway' : 'DoNotSchedule',
              labelSelector: { matchLabels: labels },
            },
          ]
        : [],
      volumes: [
        ...list(words.claims).map(claimName => ({ name: claimName, persistentVolumeClaim: { claimName } })),
        ...list(words.disk).map(volumeID => ({ name: volumeID, awsElasticBlockStore: { volumeID } })),
      ],
      containers: [
        {
          name: 'main',
          image: words.image ?? 'main',
          resources: { requests },
          ports: words.port ? [{ containerPort: 1, hostPort: Number(words.port) }] : [],
          ...('restarts-all' in words ? { restartPolicyRules: [{ action: 'RestartAllContainers' }] } : {}),
        },
      ],
    },
  };
}

/** One cluster that a script changes line by line. */
export class Scenario {
  readonly #table = new NodeTable(() => ({}));
  readonly #waiting = new Map<string, { pod: Pod; sequence: number }>();
  readonly #budgets: PodDisruptionBudget[] = [];
  readonly #random = new SeededRandom(1);
  readonly #objects = new ObjectListers();
  readonly #framework: Framework;
  #start = 0;
  #sequence = 0;

  /** Under a profile, whose binder is left out: it alone talks to the server. */
  constructor(profile: Profile = defaultProfile) {
    const { plugins } = profile;
    this.#framework = createFramework(
      { ...profile, plugins: plugins.filter(plugin => plugin !== 'DefaultBinder') },
      pluginContext({
        random: this.#random,
        lister: resource => this.#objects.of(resource),
        budgets: () => this.#budgets,
      }),
    );
  }

  /** The lines that a command answers. */
  run(line: string): string[] {
    const [command = '', ...rest] = line.trim().split(/\s+/);
    const [name = '', ...settings] = rest;
    const words = Object.fromEntries(
      settings.map(setting => {
        const equals = setting.indexOf('=');
        return equals < 0 ? [setting, ''] : [setting.slice(0, equals), setting.slice(equals + 1)];
      }),
    );
    switch (command) {
      case 'node':
        this.#table.setNode(nodeOf(name, words));
        this.#objects.of(nodes).set(nodeOf(name, words));
        return [];
      case 'gone':
        this.#table.removeNode(name);
        return [];
      case 'pod':
        if (words.on) this.#table.setPod(podOf(name, words));
        else this.#waiting.set(name, { pod: podOf(name, words), sequence: this.#sequence++ });
        return [];
      case 'done':
        this.#waiting.delete(name);
        this.#table.removePod(name);
        return [];
      case 'protect':
        this.#protect(name, Number(settings[0]));
        return [];
      case 'schedule':
        return (rest.length > 0 ? rest : this.#inOrder()).flatMap(pod => this.#schedule(pod));
      case 'score':
        return this.#score(name);
      default:
        if (setObject(this.#objects, command, name, words)) return [];
        throw new Error(`no such command: ${line}`);
    }
  }

  #protect(label: string, disruptionsAllowed: number): void {
    this.#budgets.push({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: label, namespace: 'default' },
      spec: { selector: { matchLabels: pairs(label) } },
      status: { disruptionsAllowed } as PodDisruptionBudget['status'],
    });
  }

  #inOrder(): string[] {
    const queued = [...this.#waiting].map(([name, { pod, sequence }]) => ({
      name,
      info: podInfo(pod),
      timestampMs: sequence,
    }));
    return queued.sort((a, b) => (this.#framework.less(a, b) ? -1 : 1)).map(entry => entry.name);
  }

  #schedule(name: string): string[] {
    const info = podInfo(this.#waiting.get(name)!.pod);
    const gated = this.#framework.preEnqueue(info);
    if (gated) return [`${name}: ${gated.reasons.join(', ')}`];
    const { verdict, nextStart } = decide(this.#framework, this.#table, info, this.#random, this.#start);
    this.#start = nextStart;
    if (verdict.type === 'fits') {
      this.#waiting.delete(name);
      this.#framework.reserve(info, verdict.nodeName);
      this.#table.assume(info, verdict.nodeName);
      return [`${name}: ${verdict.nodeName}`];
    }
    const text = diagnosisText(verdict.diagnosis);
    if (!verdict.postFilterInput) return [`${name}: ${text}`];
    const { freed, messages } = runPostFilters(this.#framework, verdict.postFilterInput);
    if (!freed) return [`${name}: ${withMessages(text, messages)}`];
    this.#table.nominate(info, freed.nodeName);
    const victims = freed.victims.map(victim => victim.pod.metadata.name).join(' ');
    return [`${name}: ${text}`, `  nominated to ${freed.nodeName}, evicts ${victims}`];
  }

  #score(name: string): string[] {
    const info = podInfo(this.#waiting.get(name)!.pod);
    const { nodes } = this.#table;
    const scores = scoreNodes(this.#framework, this.#table, info, nodes);
    return nodes.map((node, i) => `${node.name} ${scores[i]}`);
  }
}

/** Runs a script: blocks of commands, each followed by '----', what they answer and an empty line. */
export function runScript(script: string): string {
  const scenario = new Scenario();
  return playScript(script, line => scenario.run(line));
}
