import type { AdmissionResponse } from '#api/generated/types/admission.v1.ts';
import type { MutatingWebhook } from '#api/generated/types/admissionregistration.v1.ts';
import { escapeHtml, sorted } from '#machinery/go-json.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { parseJson } from '#machinery/json-decode.ts';
import type { KubeObject } from '#machinery/object.ts';
import { patchFailure } from '#machinery/patch/errors.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import { statusError } from '#machinery/status.ts';
import { isExempt } from '../matching.ts';
import type { AdmissionPlugin, Mutation } from '../plugin.ts';
import type { AdmissionRequest } from '../request.ts';
import { Reinvocation } from '../reinvocation.ts';
import { Subject, type Target } from '../subject.ts';
import { CallFailure, WebhookCaller, placeOf } from './caller.ts';
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
    for (const [i, hook] of hooks.entries()) {
      if (again && !reinvocation.isDue(hook.uid)) continue;
      const target = await hookTarget(environment, hook, subject, 'admit');
      if (!target) continue;
      const place = placeOf(mutation.round, i);
      const told = { configuration: hook.configuration, webhook: hook.webhook.name };
      let mutated = false;
      try {
        await caller.ask({ hook, subject, target, place }, async response => {
          const patch = await applyResponse(hook, subject, target, response);
          if (!patch) return;
          const patchNote = () =>
            noteJson({ ...told, patch: sorted(patch.operations), patchType: 'JSONPatch' });
          request.annotate(`patch.${place}`, patchNote, 'Request');
          if (!patch.changed) return;
          mutated = true;
          reinvocation.objectChanged();
          mutation.requireAnother();
        });
      } finally {
        request.annotate(`mutation.${place}`, () => noteJson({ ...told, mutated }));
      }
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

/** As Go writes a struct: fields in their order, signs of HTML escaped. */
function noteJson(fields: object): string {
  return escapeHtml(JSON.stringify(fields));
}

interface AppliedPatch {
  readonly operations: readonly unknown[];
  readonly changed: boolean;
}

/** Puts a webhook's patch on the object; undefined: there is none. */
async function applyResponse(
  { webhook: { name } }: Hook,
  subject: Subject,
  target: Target,
  { patch, patchType }: AdmissionResponse,
): Promise<AppliedPatch | undefined> {
  if (!patch) return undefined;
  const operations = readPatch(name, patch);
  if (operations.length === 0) return undefined;
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
    return { operations, changed: await subject.replace(target, patched(object, operations)) };
  } catch (error) {
    throw error instanceof DecodeError ? statusError.internal(error.message) : error;
  }
}

function patched(object: KubeObject, operations: readonly unknown[]): unknown {
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    throw statusError.internal(patchFailure(error));
  }
}

function readPatch(webhook: string, patch: string): readonly unknown[] {
  try {
    const operations = parseJson(new TextDecoder().decode(Uint8Array.fromBase64(patch)));
    if (operations === null) return [];
    if (Array.isArray(operations)) return operations;
    throw new Error('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  } catch (error) {
    const why = `received undecodable patch in webhook response: ${(error as Error).message}`;
    throw new CallFailure(webhook, why, 503);
  }
}
