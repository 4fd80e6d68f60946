import type { Log } from '#base/log.ts';
import type { NodeInfo } from '../framework/node-info.ts';
import type { Plugin, PreemptionCandidate, Rejection } from '../framework/plugin.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import type { Profile } from '../profile.ts';
import { type Extender, extenderName, type FilterAnswer } from './extender.ts';

/** What the extenders said of one pod. */
interface Answers {
  readonly passed: ReadonlySet<string>;
  readonly rejections: ReadonlyMap<string, Rejection>;
  readonly scores: ReadonlyMap<string, number>;
}

const notOffered: Rejection = {
  plugin: extenderName,
  code: 'Unschedulable',
  reasons: ['node(s) were not offered to the extenders'],
};

/**
 * All extenders as one plugin, the last of every profile. A decision does not wait, so they are asked before it: what they
 * said of a pod is what the plugin says of it, until it is forgotten.
 */
export class Extenders {
  readonly #extenders: readonly Extender[];
  readonly #log: Log;
  readonly #answers = new Map<string, Answers>();
  readonly #plugin: Plugin;

  constructor(extenders: readonly Extender[], log: Log) {
    this.#extenders = extenders;
    this.#log = log;
    this.#plugin = this.#makePlugin();
  }

  /** The profile with the extenders in it. */
  extend(profile: Profile): Profile {
    if (this.#extenders.length === 0) return profile;
    const { enabled = [], disabled = [] } = profile.points?.bind ?? {};
    return {
      ...profile,
      plugins: [...profile.plugins, this.#plugin],
      // Who binds in the place of the scheduler comes before its own binder.
      points: { ...profile.points, bind: { enabled: [extenderName, ...enabled], disabled } },
    };
  }

  areInterestedIn(pod: PodInfo): boolean {
    return this.#extenders.some(extender => extender.isInterestedIn(pod));
  }

  /** Asks which of the nodes will do, and how well. Rejects when an extender fails that is not ignorable. */
  async consult(pod: PodInfo, nodes: readonly NodeInfo[]): Promise<void> {
    const asked = this.#extenders.filter(extender => extender.isInterestedIn(pod));
    const rejections = new Map<string, Rejection>();
    let left = nodes;
    for (const extender of asked) {
      if (left.length === 0) break;
      const answer = await this.#filter(extender, pod, left);
      if (!answer) continue;
      left = answer.nodes;
      for (const [name, rejection] of answer.rejections) rejections.set(name, rejection);
    }
    const scores = new Map<string, number>();
    if (left.length > 1) await Promise.all(asked.map(extender => this.#score(extender, pod, left, scores)));
    this.#answers.set(pod.uid, { passed: new Set(left.map(({ name }) => name)), rejections, scores });
  }

  /** The candidates that all leave, where any has a say; undefined where none has. */
  review(
    pod: PodInfo,
    candidates: readonly PreemptionCandidate[],
  ): Promise<readonly PreemptionCandidate[]> | undefined {
    const asked = this.#extenders.filter(extender => extender.preempts && extender.isInterestedIn(pod));
    return asked.length === 0 ? undefined : this.#review(asked, pod, candidates);
  }

  async #review(
    asked: readonly Extender[],
    pod: PodInfo,
    candidates: readonly PreemptionCandidate[],
  ): Promise<readonly PreemptionCandidate[]> {
    let left = candidates;
    for (const extender of asked) {
      if (left.length === 0) break;
      try {
        const kept = await extender.preempt(pod, left);
        const idle = kept.find(({ victims }) => victims.length === 0);
        if (idle && !extender.ignorable)
          throw new Error(`expected at least one victim pod on node "${idle.node.name}"`);
        left = kept.filter(({ victims }) => victims.length > 0);
      } catch (error) {
        if (!extender.ignorable) throw error;
        this.#tell('an extender failed and is ignored', extender, pod, error);
      }
    }
    return left;
  }

  forget(pod: PodInfo): void {
    this.#answers.delete(pod.uid);
  }

  async #filter(
    extender: Extender,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
  ): Promise<FilterAnswer | undefined> {
    try {
      return await extender.filter(pod, nodes);
    } catch (error) {
      if (!extender.ignorable) throw error;
      this.#tell('an extender failed and is ignored', extender, pod, error);
      return undefined;
    }
  }

  /** Scores are a wish: without them the others decide. */
  async #score(
    extender: Extender,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    scores: Map<string, number>,
  ): Promise<void> {
    try {
      for (const [name, score] of await extender.prioritize(pod, nodes)) {
        scores.set(name, (scores.get(name) ?? 0) + score);
      }
    } catch (error) {
      this.#tell('an extender did not score', extender, pod, error);
    }
  }

  #tell(what: string, { name }: Extender, { key }: PodInfo, error: unknown): void {
    this.#log.warn(what, { extender: name, pod: key, error: String(error) });
  }

  #makePlugin(): Plugin {
    const binder = this.#extenders.find(extender => extender.binds);
    return {
      name: extenderName,
      preFilter: ({ uid }, snapshot) => {
        const answers = this.#answers.get(uid);
        if (!answers) return undefined;
        const { passed, rejections } = answers;
        return {
          test(node) {
            // A changed copy is a node as preemption would have it: of that they are asked later.
            if (passed.has(node.name) || snapshot.get(node.name) !== node) return undefined;
            return rejections.get(node.name) ?? notOffered;
          },
        };
      },
      preScore: ({ uid }) => {
        const scores = this.#answers.get(uid)?.scores;
        return scores?.size ? { score: ({ name }) => scores.get(name) ?? 0 } : undefined;
      },
      async bind(pod, nodeName) {
        if (!binder?.isInterestedIn(pod)) return false;
        await binder.bind(pod, nodeName);
        return true;
      },
      // Nobody says what an extender waits for: anything may be it.
      mayCure: () => true,
    };
  }
}
