import { isExempt } from '../matching.ts';
import type { AdmissionPlugin } from '../plugin.ts';
import type { AdmissionRequest } from '../request.ts';
import { Subject } from '../subject.ts';
import { type Question, WebhookCaller, mustBeInTime, placeOf } from './caller.ts';
import { type WebhookEnvironment, hookTarget } from './environment.ts';
import { type Hook, HookSource } from './hooks.ts';

/** Webhooks that may only refuse, all asked at once. */
export function validatingWebhooks(environment: WebhookEnvironment): AdmissionPlugin {
  const source = new HookSource(
    environment.state.bucket('admissionregistration.k8s.io/validatingwebhookconfigurations'),
    'validating',
  );
  const caller = new WebhookCaller(environment, false);
  const run = async (request: AdmissionRequest, hooks: readonly Hook[]) => {
    const subject = new Subject(request, environment.catalog, environment.schemas);
    const relevant: Question[] = [];
    for (const hook of hooks) {
      const target = await hookTarget(environment, hook, subject, 'validate');
      if (target) relevant.push({ hook, subject, target, place: placeOf(0, relevant.length) });
    }
    if (relevant.length === 0) return;
    mustBeInTime(request, environment.clock);
    const asked = relevant.map(question => caller.ask(question));
    for (const result of await Promise.allSettled(asked)) {
      if (result.status === 'rejected') throw result.reason;
    }
  };
  return {
    name: 'ValidatingAdmissionWebhook',
    validate(request) {
      const { hooks } = source;
      if (hooks.length === 0 || isExempt(request)) return undefined;
      return run(request, hooks);
    },
  };
}
