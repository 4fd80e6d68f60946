/**
 * Scripts of what a StatefulSet does to its pods:
 *   set [replicas=3] [start=0] [partition=0] [maxUnavailable=1] [parallel] [ordered] [onDelete] [rolling]
 *   template NAME [broken]          the next revision; pods of a broken one never become ready
 *   pod NAME STATE…                 unready, failed, going (asked to go, and stays), gone or ready
 *   settle                          a line for each round, until nothing moves
 */
import type { StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Scenario, testScenarios } from '#test/scenarios.ts';
import { revisionHashLabel } from '../shared/revisions.ts';
import { podName } from './identity.ts';
import { countPods, planSteps, type Step } from './plan.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

class World implements Scenario {
  readonly #pods = new Map<string, Pod>();
  readonly #broken = new Set<string>();
  #spec: Record<string, unknown> = {};
  #current = 'v1';
  #update = 'v1';

  run(verb: string, words: readonly string[], options: Readonly<Record<string, string>>): string[] {
    if (verb === 'set') this.#configure(words, options);
    else if (verb === 'template') this.#retemplate(words);
    else if (verb === 'pod') for (const state of words.slice(1)) this.#touch(words[0]!, state);
    else return this.#settle();
    return [];
  }

  #configure(words: readonly string[], options: Readonly<Record<string, string>>): void {
    for (const word of words) {
      if (word === 'parallel' || word === 'ordered')
        this.#spec.podManagementPolicy = word === 'parallel' ? 'Parallel' : 'OrderedReady';
      else this.#spec.type = word === 'onDelete' ? 'OnDelete' : 'RollingUpdate';
    }
    for (const [key, value] of Object.entries(options))
      this.#spec[key] = value.endsWith('%') ? value : Number(value);
  }

  #retemplate([name, broken]: readonly string[]): void {
    this.#update = name!;
    if (broken) this.#broken.add(name!);
  }

  get #set(): StatefulSet {
    const {
      replicas = 3,
      start = 0,
      partition = 0,
      type = 'RollingUpdate',
      maxUnavailable,
      ...spec
    } = this.#spec;
    return {
      metadata: { name: 'db' },
      spec: {
        ...spec,
        replicas,
        ordinals: { start },
        updateStrategy: {
          type,
          ...(type === 'OnDelete' ? {} : { rollingUpdate: { partition, maxUnavailable } }),
        },
      },
    } as unknown as StatefulSet;
  }

  #touch(name: string, state: string): void {
    const pod = this.#pods.get(name)!;
    if (state === 'gone') this.#pods.delete(name);
    else this.#pods.set(name, podIn(name, pod.metadata.labels![revisionHashLabel]!, state, pod));
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
    const situation = {
      set: this.#set,
      pods: [...this.#pods.values()],
      currentRevision: this.#current,
      updateRevision: this.#update,
      nowMs,
    };
    const counts = countPods(situation);
    const { replicas = 0 } = this.#set.spec!;
    if (counts.updatedReplicas === replicas && counts.readyReplicas === replicas)
      this.#current = this.#update;
    const plan = planSteps({ ...situation, ...counts });
    return plan.flatMap(steps => steps.flatMap(step => this.#take(step)));
  }

  #take(step: Step): string[] {
    if (step.type === 'create') {
      const name = podName(this.#set, step.ordinal);
      const revision = step.revision === 'current' ? this.#current : this.#update;
      this.#pods.set(name, podIn(name, revision, this.#broken.has(revision) ? 'unready' : 'ready'));
      return [`create ${name} ${revision}`];
    }
    const name = step.pod.metadata.name!;
    if (step.type !== 'delete') return [];
    this.#pods.delete(name);
    return [`delete ${name}`];
  }
}

function podIn(name: string, revision: string, state: string, before?: Pod): Pod {
  const ready =
    state === 'ready' || (state === 'going' && before?.status?.conditions?.[0]?.status === 'True');
  return {
    metadata: {
      name,
      labels: { [revisionHashLabel]: revision },
      ...(state === 'going' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    status: {
      phase: state === 'failed' ? 'Failed' : 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  } as unknown as Pod;
}

testScenarios(new URL('scenarios/', import.meta.url), () => new World());
