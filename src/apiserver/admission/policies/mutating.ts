import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from '#api/generated/types/admissionregistration.v1.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { type Status, StatusError, statusError } from '#machinery/status.ts';
import type { Authorizer } from '../../identity.ts';
import { answered } from '../answers.ts';
import { forbidden } from '../denial.ts';
import { OutOfBudget } from '../expressions.ts';
import { isExemptFromPolicies } from '../matching.ts';
import type { AdmissionPlugin, Mutation } from '../plugin.ts';
import type { AdmissionRequest } from '../request.ts';
import { Reinvocation } from '../reinvocation.ts';
import { Subject } from '../subject.ts';
import {
  type Invocation,
  type PolicyEnvironment,
  namespaceObject,
  selectInvocations,
} from './environment.ts';
import { errorType } from './error-type.ts';
import { type Mutator, compileMutator } from './mutator.ts';
import { MutationError } from './patches.ts';
import { PolicySource } from './source.ts';

const pluginName = 'MutatingAdmissionPolicy';

type Mutating = Invocation<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutator>;

interface Problem {
  readonly policy: MutatingAdmissionPolicy;
  readonly binding: MutatingAdmissionPolicyBinding | undefined;
  readonly message: string;
  readonly reason?: string;
}

/** Policies that change requests by expressions (KEP-3962). */
export function mutatingPolicies(environment: PolicyEnvironment): AdmissionPlugin {
  const { state, catalog, schemas } = environment;
  const group = 'admissionregistration.k8s.io';
  const source = new PolicySource<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutator>(
    state.bucket(`${group}/mutatingadmissionpolicies`),
    state.bucket(`${group}/mutatingadmissionpolicybindings`),
    compileMutator,
  );
  const run = async (request: AdmissionRequest, mutation: Mutation) => {
    const subject = new Subject(request, catalog, schemas);
    const { invocations, misconfigured } = await selectInvocations(environment, subject, source.hooks);
    const problems: Problem[] = [...misconfigured];
    const reinvocation = mutation.memory(pluginName, () => new Reinvocation());
    const again = mutation.round > 0;
    if (again && !reinvocation.isLastOutput(request.object)) reinvocation.objectChanged();
    let mutated = false;
    for (const invocation of invocations) {
      if (again && !reinvocation.isDue(keyOf(invocation))) continue;
      const outcome = await invoke(environment, subject, invocation);
      problems.push(...outcome.problems);
      if (!outcome.matched) continue;
      mutated ||= outcome.mutated;
      if (outcome.changed) reinvocation.objectChanged();
      reinvocation.invoked(keyOf(invocation), invocation.hook.policy.spec?.reinvocationPolicy);
    }
    if (mutated) {
      // As upstream has it: who wants to be asked again is, though it was the last, and changed nothing.
      reinvocation.objectChanged();
      mutation.requireAnother();
    }
    reinvocation.sawOutput(request.object);
    const failed = problems.filter(({ policy }) => policy.spec?.failurePolicy !== 'Ignore');
    if (failed.length > 0) throw refusal(request, failed);
  };
  return {
    name: pluginName,
    mutate(request, mutation) {
      if (source.hooks.length === 0 || request.operation === 'DELETE' || isExemptFromPolicies(request))
        return undefined;
      return run(request, mutation);
    },
  };
}

function keyOf({ hook, binding, params }: Mutating): string {
  const { namespace = '', name = '' } = params?.metadata ?? {};
  return [hook.policy.metadata.name, binding.metadata.name, namespace, name].join('/');
}

interface Outcome {
  readonly matched: boolean;
  /** A mutation was carried out, whether that changed the object or not. */
  readonly mutated: boolean;
  readonly changed: boolean;
  readonly problems: readonly Problem[];
}

/** Each mutation of a policy sees what those before it made. */
async function invoke(
  environment: PolicyEnvironment,
  subject: Subject,
  { hook, binding, target, params }: Mutating,
): Promise<Outcome> {
  const { state, authorizer, clock, metrics } = environment;
  const { policy, compiled } = hook;
  const namespace = namespaceObject(state, subject.request);
  const more = (asked: Authorizer) => ({ params, namespace, authorizer: asked });
  const problem = (message: string): Problem => ({ policy, binding, message, reason: 'Invalid' });
  const versioned = await subject.versioned(target);
  const matches = await answered(authorizer, asked =>
    compiled.matches(environment, subject, target, versioned, more(asked)),
  );
  if (matches !== true) {
    const problems = matches === false ? [] : [problem(matches.error)];
    return { matched: false, mutated: false, changed: false, problems };
  }
  let [mutated, changed] = [false, false];
  const problems: Problem[] = [];
  for (let i = 0; i < compiled.length; i++) {
    const startMs = clock.monotonicMs();
    let failure: string | undefined;
    try {
      const now = await subject.versioned(target);
      const value =
        now.object &&
        (await answered(authorizer, asked => compiled.mutate(i, subject, target, now, more(asked))));
      if (value !== undefined && (await subject.replace(target, value, 'Strict'))) changed = true;
      mutated ||= now.object !== undefined;
    } catch (error) {
      if (error instanceof DecodeError) throw statusError.internal(error.message);
      if (!(error instanceof MutationError || error instanceof OutOfBudget)) throw error;
      failure = error.message;
      problems.push(problem(error.message));
    }
    const labels = {
      policy: policy.metadata.name!,
      policy_binding: binding.metadata.name!,
      error_type: failure === undefined ? 'no_error' : errorType(failure),
    };
    metrics.policy('mutating', labels, (clock.monotonicMs() - startMs) / 1000);
  }
  return { matched: true, mutated, changed, problems };
}

function refusal(request: AdmissionRequest, problems: readonly Problem[]): StatusError {
  const { status } = forbidden(request, '');
  const texts = problems.map(({ policy, binding, message }) =>
    binding
      ? `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`
      : `policy ${JSON.stringify(policy.metadata.name)} denied request: ${message}`,
  );
  return new StatusError({
    ...status,
    message: texts[0]!,
    reason: (problems[0]!.reason ?? 'Forbidden') as NonNullable<Status['reason']>,
    details: { ...status.details, causes: texts.map(message => ({ message })) },
  } as Status);
}
