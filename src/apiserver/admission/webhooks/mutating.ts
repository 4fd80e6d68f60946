import type { AdmissionResponse } from '#api/generated/types/admission.v1.ts';
import type { MutatingWebhook } from '#api/generated/types/admissionregistration.v1.ts';
import { parseJson } from '#machinery/json-decode.ts';
import { patchFailure } from '#machinery/patch/errors.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import { statusError } from '#machinery/status.ts';
import { isExempt } from '../matching.ts';
import type { AdmissionPlugin, Mutation } from '../plugin.ts';
import type { AdmissionRequest } from '../request.ts';
import { Reinvocation } from '../reinvocation.ts';
import { Subject, type Target } from '../subject.ts';
import { CallFailure, WebhookCaller } from './caller.ts';
import { type WebhookEnvironment, hookTarget } from './environment.ts';
import { type Hook, HookSource } from './hooks.ts';

const pluginName = 'MutatingAdmissionWebhook';

/** Webhooks that may change what is written, one after the other (KEP-492). */
export function mutatingWebhooks(environment: WebhookEnvironment): AdmissionPlugin {
  const source = new HookSource(
    environment.state.bucket('admissionregistration.k8s.io/mutatingwebhookconfigurations'),
    'admit',
  );
  const caller = new WebhookCaller(environment, true);
  const run = async (request: AdmissionRequest, mutation: Mutation, hooks: readonly Hook[]) => {
    const reinvocation = mutation.memory(pluginName, () => new Reinvocation());
    const again = mutation.round > 0;
    if (again && !reinvocation.isLastOutput(request.object)) reinvocation.objectChanged();
    const subject = new Subject(request, environment.catalog, environment.schemas);
    for (const hook of hooks) {
      if (again && !reinvocation.isDue(hook.uid)) continue;
      const target = await hookTarget(environment, hook, subject, 'admit');
      if (!target) continue;
      await caller.ask(hook, subject, target, async response => {
        if (!(await applyResponse(hook, subject, target, response))) return;
        reinvocation.objectChanged();
        mutation.requireAnother();
      });
      reinvocation.invoked(hook.uid, (hook.webhook as MutatingWebhook).reinvocationPolicy);
    }
    reinvocation.sawOutput(request.object);
  };
  return {
    name: pluginName,
    mutate(request, mutation) {
      const { hooks } = source;
      if (hooks.length === 0 || isExempt(request)) return undefined;
      return run(request, mutation, hooks);
    },
  };
}

/** Puts a webhook's patch on the object; true where that changed it. */
async function applyResponse(
  { webhook: { name } }: Hook,
  subject: Subject,
  target: Target,
  { patch, patchType }: AdmissionResponse,
): Promise<boolean> {
  if (!patch) return false;
  const operations = readPatch(name, patch);
  if (operations.length === 0) return false;
  const { object } = await subject.versioned(target);
  if (!object) {
    throw statusError.internal(
      `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  if (patchType !== 'JSONPatch') {
    throw new CallFailure(name, `unsupported patch type ${JSON.stringify(patchType)}`, 400);
  }
  try {
    return await subject.replace(target, applyJsonPatch(object, operations));
  } catch (error) {
    throw statusError.internal(patchFailure(error));
  }
}

function readPatch(webhook: string, patch: string): readonly unknown[] {
  try {
    const operations = parseJson(new TextDecoder().decode(Uint8Array.fromBase64(patch)));
    if (Array.isArray(operations)) return operations;
    throw new Error('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  } catch (error) {
    const why = `received undecodable patch in webhook response: ${(error as Error).message}`;
    throw new CallFailure(webhook, why, 503);
  }
}
