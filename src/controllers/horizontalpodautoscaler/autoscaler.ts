import { horizontalPodAutoscalers } from '#api/generated/refs.ts';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
} from '#api/generated/types/autoscaling.v2.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { retryOnConflict } from '#client/retry.ts';
import { Quantity } from '#machinery/quantity.ts';
import { qualified } from '#machinery/status.ts';
import type { ControllerEnvironment } from '#runtime/controller.ts';
import { deepEqual } from '#base/equal.ts';
import {
  History,
  limitByDefault,
  limitByRules,
  type Limits,
  longestPeriodMs,
  type Rules,
  stabilize,
  stabilizeByDefault,
} from './behavior.ts';
import { MetricFailure, type Proposal, propose, type Scene } from './metrics.ts';
import { MetricsClient } from './metrics-client.ts';
import { autoscalerOptions } from './options.ts';
import type { Tolerances } from './replicas.ts';
import { SelectorFailure, TargetSelectors } from './selectors.ts';
import { StatusDraft } from './status.ts';
import { actionBetween, AutoscalingTelemetry, type ScaleAction } from './telemetry.ts';
import { ScaleTargets, type ScaleTarget } from './target.ts';

/** What a run came to, before it is carried out. */
interface Decision {
  readonly replicas: number;
  /** For the event. */
  readonly reason: string;
  readonly metrics?: MetricStatus[];
  /** Some metrics failed, but the others sufficed. */
  readonly error?: Error;
}

/** Nothing can be decided; what metrics could be read is kept in the status. */
class Undecided extends Error {
  readonly metrics: MetricStatus[] | undefined;

  constructor(message: string, cause: unknown, metrics?: MetricStatus[]) {
    super(message, { cause });
    this.metrics = metrics;
  }
}

/** Scales the targets of HorizontalPodAutoscalers, one look at a time. */
export class Autoscaling {
  readonly #environment: ControllerEnvironment;
  readonly #podsOf: (namespace: string) => readonly Pod[];
  readonly #targets: ScaleTargets;
  readonly #metrics: MetricsClient;
  readonly #selectors = new TargetSelectors();
  readonly #histories = new Map<string, History>();
  readonly #telemetry: AutoscalingTelemetry;

  constructor(environment: ControllerEnvironment, podsOf: (namespace: string) => readonly Pod[]) {
    this.#environment = environment;
    this.#podsOf = podsOf;
    this.#targets = new ScaleTargets(environment.client, environment.clock);
    const resourceName = async (group: string, kind: string) =>
      qualified(await this.#targets.resourceOf(group, kind));
    this.#metrics = new MetricsClient(environment.client, resourceName);
    this.#telemetry = new AutoscalingTelemetry(environment.clock);
    environment.tell(this.#telemetry.families);
  }

  forget(key: string): void {
    this.#selectors.forget(key);
    this.#histories.delete(key);
  }

  /** Rejects with what kept it from scaling, after saying so in the status and in events. */
  sync(key: string, autoscaler: HorizontalPodAutoscaler): Promise<void> {
    return this.#telemetry.look(done => this.#sync(key, autoscaler, done));
  }

  async #sync(
    key: string,
    autoscaler: HorizontalPodAutoscaler,
    done: (action: ScaleAction) => void,
  ): Promise<void> {
    const nowMs = this.#environment.clock.now();
    const status = new StatusDraft(autoscaler, nowMs);
    const target = await this.#target(autoscaler, status);
    const current = target.scale.spec?.replicas ?? 0;
    const history = this.#historyOf(key);
    history.begin(current, nowMs);
    let decision: Decision;
    try {
      decision = await this.#decide(key, autoscaler, target, status);
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      await this.#write(autoscaler, status.counted(current, error.metrics));
      this.#warn(autoscaler, 'FailedComputeMetricsReplicas', error.message);
      const about = referenceText(autoscaler);
      throw new Error(
        `failed to compute desired number of replicas based on listed metrics for ${about}: ${error.message}`,
        { cause: error },
      );
    }
    const { replicas, metrics } = decision;
    if (replicas !== current) {
      await this.#rescale(autoscaler, target, decision, status);
      done(actionBetween(current, replicas));
      this.#remember(autoscaler, history, current, replicas, nowMs);
    }
    await this.#write(autoscaler, status.decided(current, replicas, metrics, replicas !== current));
    if (decision.error) throw decision.error;
  }

  async #target(autoscaler: HorizontalPodAutoscaler, status: StatusDraft): Promise<ScaleTarget> {
    const { scaleTargetRef } = autoscaler.spec!;
    try {
      const target = await this.#targets.get(autoscaler.metadata.namespace!, scaleTargetRef);
      const text = "the HPA controller was able to get the target's current scale";
      status.condition('AbleToScale', true, 'SucceededGetScale', text);
      return target;
    } catch (error) {
      const { message } = error as Error;
      const text = `the HPA controller was unable to get the target's current scale: ${message}`;
      this.#warn(autoscaler, 'FailedGetScale', message);
      status.condition('AbleToScale', false, 'FailedGetScale', text);
      await this.#write(autoscaler, status.unchanged());
      throw new Error(`failed to query scale subresource for ${referenceText(autoscaler)}: ${message}`);
    }
  }

  async #decide(
    key: string,
    autoscaler: HorizontalPodAutoscaler,
    target: ScaleTarget,
    status: StatusDraft,
  ): Promise<Decision> {
    const { minReplicas: min = 1, maxReplicas: max } = autoscaler.spec!;
    const current = target.scale.spec?.replicas ?? 0;
    if (current === 0 && min !== 0) {
      const text = 'scaling is disabled since the replica count of the target is zero';
      status.condition('ScalingActive', false, 'ScalingDisabled', text);
      return { replicas: 0, reason: '' };
    }
    if (current > max) {
      return { replicas: max, reason: 'Current number of replicas above Spec.MaxReplicas' };
    }
    if (current < min) {
      return { replicas: min, reason: 'Current number of replicas below Spec.MinReplicas' };
    }
    const scene = this.#scene(key, autoscaler, target, status);
    const { replicas: wanted, name, metrics, error } = await this.#compute(scene, status);
    const limits = { current, min, max, nowMs: scene.nowMs };
    const replicas = this.#normalize(key, autoscaler, wanted, limits, status);
    const reason =
      wanted > current ? `${name} above target` : wanted < current ? 'All metrics below target' : '';
    return { replicas, reason, metrics, ...(error ? { error } : {}) };
  }

  #scene(
    key: string,
    autoscaler: HorizontalPodAutoscaler,
    { scale }: ScaleTarget,
    status: StatusDraft,
  ): Scene {
    const selector = scale.status?.selector ?? '';
    try {
      const pods = this.#selectors.select(key, selector, this.#podsOf(autoscaler.metadata.namespace!));
      return {
        client: this.#metrics,
        autoscaler,
        selector,
        pods,
        specReplicas: scale.spec?.replicas ?? 0,
        statusReplicas: scale.status?.replicas ?? 0,
        tolerances: tolerancesOf(autoscaler),
        nowMs: this.#environment.clock.now(),
      };
    } catch (error) {
      if (!(error instanceof SelectorFailure)) throw error;
      this.#warn(autoscaler, error.reason, error.message);
      status.condition('ScalingActive', false, error.conditionReason, error.condition);
      throw new Undecided(error.message, error);
    }
  }

  /** The metric that calls for the most counts. One that fails may keep pods from going, not from coming. */
  async #compute(scene: Scene, status: StatusDraft) {
    const specs = scene.autoscaler.spec!.metrics ?? [];
    const proposals: Proposal[] = [];
    const failures: MetricFailure[] = [];
    const metrics: MetricStatus[] = [];
    for (const spec of specs) {
      try {
        const proposal = await this.#telemetry.metric(
          spec.type,
          () => propose(scene, spec),
          ({ replicas }) => actionBetween(scene.autoscaler.status?.currentReplicas ?? 0, replicas),
        );
        proposals.push(proposal);
        metrics.push(proposal.status);
      } catch (error) {
        if (!(error instanceof MetricFailure)) throw error;
        this.#warn(scene.autoscaler, error.reason, error.detail);
        failures.push(error);
        // Upstream leaves a hole of no type where a metric failed, and so keeps the order of the spec.
        metrics.push({ type: '' });
      }
    }
    const [first] = failures;
    const count = `${failures.length} invalid out of ${specs.length}`;
    const error =
      first && new Error(`invalid metrics (${count}), first error is: ${first.message}`, { cause: first });
    const best = proposals.reduce<Proposal | undefined>(
      (most, each) => (!most || most.replicas === 0 || each.replicas > most.replicas ? each : most),
      undefined,
    );
    if (!best || (error && best.replicas < scene.specReplicas)) {
      const text = `the HPA was unable to compute the replica count: ${first?.detail ?? ''}`;
      if (first) status.condition('ScalingActive', false, first.reason, text);
      throw new Undecided(error?.message ?? 'no metrics', error, metrics);
    }
    const text = `the HPA was able to successfully calculate a replica count from ${best.name}`;
    status.condition('ScalingActive', true, 'ValidMetricFound', text);
    return { ...best, metrics, error };
  }

  #normalize(
    key: string,
    autoscaler: HorizontalPodAutoscaler,
    wanted: number,
    limits: Limits,
    status: StatusDraft,
  ): number {
    const history = this.#historyOf(key);
    const rules = rulesOf(autoscaler);
    const windowMs = autoscalerOptions.downscaleStabilizationSeconds * 1000;
    const stable = rules
      ? stabilize(history, wanted, rules, limits)
      : stabilizeByDefault(history, wanted, windowMs, limits.nowMs);
    status.condition('AbleToScale', true, stable.reason, stable.message);
    const limited = rules
      ? limitByRules(history, stable.replicas, rules, limits)
      : limitByDefault(stable.replicas, limits);
    const isLimited = limited.replicas !== stable.replicas;
    status.condition('ScalingLimited', isLimited, limited.reason, limited.message);
    return limited.replicas;
  }

  async #rescale(
    autoscaler: HorizontalPodAutoscaler,
    target: ScaleTarget,
    { replicas, reason }: Decision,
    status: StatusDraft,
  ): Promise<void> {
    try {
      await this.#targets.update(target, replicas);
    } catch (error) {
      const { message } = error as Error;
      this.#warn(autoscaler, 'FailedRescale', `New size: ${replicas}; reason: ${reason}; error: ${message}`);
      const text = `the HPA controller was unable to update the target scale: ${message}`;
      status.condition('AbleToScale', false, 'FailedUpdateScale', text);
      const current = target.scale.spec?.replicas ?? 0;
      await this.#write(autoscaler, status.counted(current, autoscaler.status?.currentMetrics));
      throw new Error(`failed to rescale ${referenceText(autoscaler)}: ${message}`);
    }
    const text = `the HPA controller was able to update the target scale to ${replicas}`;
    status.condition('AbleToScale', true, 'SucceededRescale', text);
    const said = `New size: ${replicas}; reason: ${reason}`;
    this.#environment.events.event(autoscaler, 'Normal', 'SuccessfulRescale', said);
  }

  #remember(
    autoscaler: HorizontalPodAutoscaler,
    history: History,
    from: number,
    to: number,
    nowMs: number,
  ): void {
    const rules = rulesOf(autoscaler);
    if (rules) history.scaled(from, to, nowMs, longestPeriodMs(to > from ? rules.up : rules.down));
  }

  #historyOf(key: string): History {
    let history = this.#histories.get(key);
    if (!history) {
      history = new History();
      this.#histories.set(key, history);
    }
    return history;
  }

  /** Nobody else writes the status: one that changed meanwhile is read anew, and gets this one all the same. */
  async #write(autoscaler: HorizontalPodAutoscaler, status: HorizontalPodAutoscalerStatus): Promise<void> {
    if (deepEqual(status, autoscaler.status)) return;
    const { client } = this.#environment;
    const { namespace, name, uid } = autoscaler.metadata;
    let current: HorizontalPodAutoscaler | undefined = autoscaler;
    try {
      await retryOnConflict(this.#environment, async () => {
        current ??= await client.get(horizontalPodAutoscalers, namespace!, name!);
        const wanted = { ...current, status };
        current = undefined;
        if (wanted.metadata.uid === uid) await client.updateStatus(horizontalPodAutoscalers, wanted);
      });
    } catch (error) {
      const { message } = error as Error;
      this.#warn(autoscaler, 'FailedUpdateStatus', message);
      throw new Error(`failed to update status for ${name}: ${message}`);
    }
  }

  #warn(autoscaler: HorizontalPodAutoscaler, reason: string, message: string): void {
    this.#environment.events.event(autoscaler, 'Warning', reason, message);
  }
}

function referenceText({ metadata, spec }: HorizontalPodAutoscaler): string {
  const { kind, name } = spec!.scaleTargetRef;
  return `${kind}/${metadata.namespace}/${name}`;
}

function tolerancesOf({ spec }: HorizontalPodAutoscaler): Tolerances {
  const { scaleUp, scaleDown } = spec!.behavior ?? {};
  const of = (tolerance: string | undefined) =>
    tolerance === undefined ? autoscalerOptions.tolerance : Quantity.parse(tolerance).toNumber();
  return { scaleUp: of(scaleUp?.tolerance), scaleDown: of(scaleDown?.tolerance) };
}

/** The API fills in all but the window of scaling down, whose default is a flag of this controller. */
function rulesOf({ spec }: HorizontalPodAutoscaler): Rules | undefined {
  const { scaleUp = {}, scaleDown = {} } = spec!.behavior ?? {};
  if (!spec!.behavior) return undefined;
  const { stabilizationWindowSeconds = autoscalerOptions.downscaleStabilizationSeconds } = scaleDown;
  return { up: scaleUp, down: { ...scaleDown, stabilizationWindowSeconds } };
}
