/**
 * Scripts of what a Deployment does to its ReplicaSets:
 *   set [replicas=3] [maxSurge=25%] [maxUnavailable=25%] [history=10] [recreate] [rolling] [paused] [resumed]
 *   template NAME [broken]          the template from now on; pods of a broken one never become available
 *   sets NAME=SIZE[/AVAILABLE] … [noted=REPLICAS] [max=REPLICAS]
 *                                   these sets, as they are in the middle of a rollout; what their annotations say of
 *                                   the Deployment's size
 *   break NAME COUNT                so many pods of the set stop being available, and stay so
 *   settle                          a line for each round of changes, until nothing moves
 */
import type { Deployment, ReplicaSet } from '#api/generated/types/apps.v1.ts';
import { type Scenario, testScenarios } from '#test/scenarios.ts';
import {
  currentSetSize,
  emptyOldSets,
  isScalingEvent,
  type Resize,
  rollingStep,
  scaleStep,
  setsToForget,
} from './rollout.ts';
import {
  currentSetAnnotations,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  nextRevision,
  scaleAnnotations,
  type Sets,
  sizeOf,
} from './sets.ts';

type Options = Readonly<Record<string, string>>;

interface Pods {
  size: number;
  broken: number;
}

class World implements Scenario {
  readonly #annotations = new Map<string, Record<string, string>>();
  readonly #pods = new Map<string, Pods>();
  readonly #broken = new Set<string>();
  #template = 'v1';
  #paused = false;
  #recreate = false;
  #numbers: Record<string, number | string> = {
    replicas: 3,
    maxSurge: '25%',
    maxUnavailable: '25%',
    history: 10,
  };

  run(verb: string, words: readonly string[], options: Options): string[] {
    if (verb === 'set') this.#configure(words, options);
    else if (verb === 'sets') this.#place(options);
    else if (verb === 'break') this.#pods.get(words[0]!)!.broken += Number(words[1]);
    else if (verb === 'template') {
      this.#template = words[0]!;
      if (words[1]) this.#broken.add(words[0]!);
    } else return this.#settle();
    return [];
  }

  #configure(words: readonly string[], options: Options): void {
    for (const word of words) {
      if (word === 'paused' || word === 'resumed') this.#paused = word === 'paused';
      else this.#recreate = word === 'recreate';
    }
    for (const [key, value] of Object.entries(options))
      this.#numbers[key] = value.endsWith('%') ? value : Number(value);
  }

  #place({ noted, max, ...sizes }: Options): void {
    this.#pods.clear();
    for (const [i, [name, text]] of Object.entries(sizes).entries()) {
      const [size = 0, available = size] = text.split('/').map(Number);
      this.#pods.set(name, { size, broken: size - available });
      this.#annotations.set(name, {
        'deployment.kubernetes.io/revision': String(i + 1),
        ...(noted ? { [desiredReplicasAnnotation]: noted } : {}),
        ...(max ? { [maxReplicasAnnotation]: max } : {}),
      });
    }
  }

  get #deployment(): Deployment {
    const { replicas, maxSurge, maxUnavailable, history } = this.#numbers;
    const strategy = this.#recreate
      ? { type: 'Recreate' }
      : { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
    return {
      metadata: { name: 'web' },
      spec: { replicas, strategy, revisionHistoryLimit: history, paused: this.#paused },
      status: { replicas: [...this.#pods.values()].reduce((total, { size }) => total + size, 0) },
    } as unknown as Deployment;
  }

  get #sets(): Sets {
    const sets = [...this.#pods].map(([name, { size, broken }], i): ReplicaSet => {
      const availableReplicas = this.#broken.has(name) ? 0 : Math.max(0, size - broken);
      return {
        metadata: {
          name,
          annotations: this.#annotations.get(name),
          creationTimestamp: `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`,
        },
        spec: { replicas: size },
        status: { replicas: size, availableReplicas },
      } as unknown as ReplicaSet;
    });
    const current = sets.find(({ metadata }) => metadata.name === this.#template);
    return { current, old: sets.filter(set => set !== current) };
  }

  #settle(): string[] {
    const rounds: string[] = [];
    for (let round = 0; round < 30; round++) {
      const said = this.#round();
      if (said.length === 0) return rounds.length > 0 ? rounds : ['nothing'];
      rounds.push(said.join(', '));
    }
    return [...rounds, '…'];
  }

  #round(): string[] {
    const deployment = this.#deployment;
    if (this.#paused || isScalingEvent(deployment, this.#sets))
      return this.#resize(scaleStep(deployment, this.#sets));
    if (this.#recreate) {
      const emptied = emptyOldSets(this.#sets);
      if (emptied.length > 0) return this.#resize(emptied);
    }
    const created = this.#createCurrent(deployment);
    if (created.length > 0) return created;
    const sets = this.#sets;
    const size = currentSetSize(deployment, sets, sizeOf(sets.current!));
    const steps = this.#recreate ? [{ set: sets.current!, replicas: size }] : rollingStep(deployment, sets);
    const said = this.#resize(steps);
    return said.length > 0 ? said : this.#forget(deployment);
  }

  #createCurrent(deployment: Deployment): string[] {
    const sets = this.#sets;
    const revision = nextRevision(sets.old);
    const before = this.#annotations.get(this.#template);
    this.#annotations.set(
      this.#template,
      currentSetAnnotations(deployment, sets.current && before, revision),
    );
    if (sets.current) return [];
    const size = currentSetSize(deployment, sets, 0);
    this.#pods.set(this.#template, { size, broken: 0 });
    return [`${this.#template} 0→${size}`];
  }

  #resize(steps: readonly Resize[]): string[] {
    return steps.flatMap(({ set, replicas }) => {
      const name = set.metadata.name!;
      const pods = this.#pods.get(name)!;
      this.#annotations.set(name, { ...set.metadata.annotations, ...scaleAnnotations(this.#deployment) });
      if (pods.size === replicas) return [];
      const said = `${name} ${pods.size}→${replicas}`;
      // Pods that serve nobody go first.
      pods.broken = Math.max(0, Math.min(replicas, pods.broken - Math.max(0, pods.size - replicas)));
      pods.size = replicas;
      return [said];
    });
  }

  #forget(deployment: Deployment): string[] {
    return setsToForget(deployment, this.#sets.old).map(({ metadata }) => {
      this.#pods.delete(metadata.name!);
      return `${metadata.name} deleted`;
    });
  }
}

testScenarios(new URL('scenarios/', import.meta.url), () => new World());
