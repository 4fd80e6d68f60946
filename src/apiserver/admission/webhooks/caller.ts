import type { AdmissionResponse } from '#api/generated/types/admission.v1.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { escapeHtml } from '#machinery/go-json.ts';
import { type Status, StatusError, statusError } from '#machinery/status.ts';
import type { StateCache } from '../../resources/state-cache.ts';
import { type Outbound, type OutboundAnswer, callFailure } from '../../outbound.ts';
import { postToWebhook, webhookUrl } from '../../webhook-post.ts';
import { denial } from '../denial.ts';
import type { AdmissionMetrics } from '../metrics.ts';
import type { AdmissionRequest } from '../request.ts';
import type { Subject, Target } from '../subject.ts';
import type { Hook } from './hooks.ts';
import type { WebhookClients } from './clients.ts';
import { InvalidReview, createReview, readReview, reviewVersion } from './review.ts';
import { responseError } from './response-error.ts';

/** A webhook could not be asked, or gave no answer that counts: its failure policy decides. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly code: number;

  constructor(webhook: string, reason: string, code: number) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${reason}`);
    this.code = code;
  }
}

export interface CallerOptions {
  readonly state: StateCache;
  readonly schemas: SchemaRegistry;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: AdmissionMetrics;
  /** Who the server says it is; absent: nobody. */
  readonly clients?: WebhookClients | undefined;
}

/** A webhook, and what it is asked about. */
export interface Question {
  readonly hook: Hook;
  readonly subject: Subject;
  readonly target: Target;
  /** Which of the request's questions it is, as the audit log has it (`placeOf`). */
  readonly place: string;
}

/** The end of a key under which the audit log tells of a webhook. */
export function placeOf(round: number, index: number): string {
  return `webhook.admission.k8s.io/round_${round}_index_${index}`;
}

/** Asks webhooks, and turns their answers into what becomes of the request. */
export class WebhookCaller {
  readonly #options: CallerOptions;
  readonly #mutating: boolean;

  constructor(options: CallerOptions, mutating: boolean) {
    this.#options = options;
    this.#mutating = mutating;
  }

  /**
   * The answer of a webhook that allows the request; undefined where it failed and may. `use` does something with the
   * answer that may still fail. Throws StatusError for a refusal.
   */
  async ask(
    { hook, subject, target, place }: Question,
    use: (response: AdmissionResponse) => Promise<void> = async () => {},
  ): Promise<void> {
    const { clock, metrics, log } = this.#options;
    const { webhook } = hook;
    const type = this.#mutating ? 'admit' : 'validating';
    const { operation } = subject.request;
    const startMs = clock.monotonicMs();
    const observe = (code: number, rejected: boolean) =>
      metrics.webhook(webhook.name, type, operation, code, rejected, (clock.monotonicMs() - startMs) / 1000);
    try {
      const response = await this.#call(hook, subject, target);
      if (!response.allowed) {
        const status = response.status as Partial<Status> | undefined;
        throw denial(`admission webhook ${JSON.stringify(webhook.name)}`, status);
      }
      await use(response);
      observe(200, false);
    } catch (error) {
      if (!(error instanceof CallFailure)) {
        const code = error instanceof StatusError ? error.code : 0;
        observe(code, true);
        metrics.rejection(
          webhook.name,
          type,
          operation,
          code === 0 ? 'apiserver_internal_error' : 'no_error',
          code,
        );
        throw error;
      }
      const closed = webhook.failurePolicy !== 'Ignore';
      observe(error.code, closed);
      log.warn(`webhook failed ${closed ? 'closed' : 'open'}`, {
        webhook: webhook.name,
        error: error.message,
      });
      if (!closed) {
        metrics.failOpen(webhook.name, type);
        const kind = this.#mutating ? 'mutation' : 'validating';
        subject.request.annotate(`failed-open.${kind}.${place}`, webhook.name);
        return mustBeInTime(subject.request, clock);
      }
      metrics.rejection(webhook.name, type, operation, 'calling_webhook_error', error.code);
      throw statusError.internal(error.message);
    }
  }

  async #call({ webhook }: Hook, subject: Subject, target: Target): Promise<AdmissionResponse> {
    const { request } = subject;
    if (request.dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun') {
      throw statusError.badRequest(
        `admission webhook ${JSON.stringify(webhook.name)} does not support dry run`,
      );
    }
    const version = reviewVersion(webhook.admissionReviewVersions);
    if (!version) {
      const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
      throw new CallFailure(webhook.name, `could not create admission objects: ${why}`, 400);
    }
    const uid = randomUuid(this.#options.random);
    const versioned = await subject.versioned(target);
    const review = createReview(version, uid, request, subject.own, target, versioned);
    const answer = await this.#post(webhook, request, escapeHtml(JSON.stringify(review)));
    try {
      const response = readReview(this.#options.schemas, answer.body, version, uid, this.#mutating);
      this.#note(webhook.name, request, response);
      return response;
    } catch (error) {
      const what =
        error instanceof InvalidReview ? 'received invalid webhook response' : 'failed to call webhook';
      throw new CallFailure(webhook.name, `${what}: ${(error as Error).message}`, 503);
    }
  }

  #note(webhook: string, request: AdmissionRequest, response: AdmissionResponse): void {
    for (const warning of response.warnings ?? []) request.warn(warning);
    const annotations = Object.entries(response.auditAnnotations ?? {});
    for (const [key, value] of annotations) request.annotate(`${webhook}/${key}`, value);
  }

  async #post(
    { name, clientConfig, timeoutSeconds: ownSeconds = 10 }: Hook['webhook'],
    request: AdmissionRequest,
    body: string,
  ): Promise<OutboundAnswer> {
    const leftSeconds = Math.max(0, request.deadlineMs() - this.#options.clock.monotonicMs()) / 1000;
    const timeoutSeconds = Math.min(ownSeconds, leftSeconds);
    const url = webhookUrl(clientConfig, Math.ceil(timeoutSeconds));
    let answer: OutboundAnswer;
    try {
      answer = await postToWebhook(this.#options, clientConfig, { url, timeoutSeconds, body });
    } catch (error) {
      throw new CallFailure(name, `failed to call webhook: ${callFailure(url, error as Error)}`, 503);
    }
    const failure = responseError(answer);
    if (failure) throw new CallFailure(name, `failed to call webhook: ${failure}`, answer.status);
    return answer;
  }
}

/** Who asks no more webhooks for a client that has gone. Throws Timeout. */
export function mustBeInTime(request: AdmissionRequest, clock: Clock): void {
  if (clock.monotonicMs() < request.deadlineMs()) return;
  throw statusError.timeout('request did not complete within requested timeout');
}
