import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '#api/generated/types/admissionregistration.v1.ts';
import { type Status, StatusError } from '#machinery/status.ts';
import { answered } from '../answers.ts';
import { forbidden } from '../denial.ts';
import { isExemptFromPolicies } from '../matching.ts';
import type { AdmissionPlugin } from '../plugin.ts';
import type { AdmissionRequest } from '../request.ts';
import { Subject } from '../subject.ts';
import {
  type Invocation,
  type PolicyEnvironment,
  namespaceObject,
  selectInvocations,
} from './environment.ts';
import { errorType } from './error-type.ts';
import { PolicySource } from './source.ts';
import { type Decision, type Validator, type Verdict, compileValidator } from './validator.ts';

type Validating = Invocation<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validator>;

interface Denial {
  readonly policy: string;
  readonly binding: string | undefined;
  readonly message: string;
  readonly reason: string | undefined;
}

const annotationValueLengthMax = 10 * 1024;
const failuresMax = 50;
const failureAnnotation = 'validation.policy.admission.k8s.io/validation_failure';

/** Policies that judge requests by expressions (KEP-3488). */
export function validatingPolicies(environment: PolicyEnvironment): AdmissionPlugin {
  const { state, catalog, schemas } = environment;
  const group = 'admissionregistration.k8s.io';
  const source = new PolicySource<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validator>(
    state.bucket(`${group}/validatingadmissionpolicies`),
    state.bucket(`${group}/validatingadmissionpolicybindings`),
    compileValidator,
  );
  const run = async (request: AdmissionRequest) => {
    const subject = new Subject(request, catalog, schemas);
    const { invocations, misconfigured } = await selectInvocations(environment, subject, source.hooks);
    const denials: Denial[] = misconfigured
      .filter(({ policy }) => policy.spec?.failurePolicy !== 'Ignore')
      .map(({ policy, binding, message }) => ({
        policy: policy.metadata.name!,
        binding: binding?.metadata.name,
        message,
        reason: undefined,
      }));
    const findings = new Findings();
    for (const invocation of invocations) {
      const denied = await new Judgement(environment, subject, invocation, findings).denials();
      denials.push(...denied);
    }
    findings.publish(request.annotate);
    if (denials[0]) throw refusal(request, denials[0]);
  };
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(request) {
      if (source.hooks.length === 0 || isExemptFromPolicies(request)) return undefined;
      return run(request);
    },
  };
}

/** One invocation's verdict, and what its binding makes of it. */
class Judgement {
  readonly #environment: PolicyEnvironment;
  readonly #subject: Subject;
  readonly #invocation: Validating;
  readonly #findings: Findings;

  constructor(environment: PolicyEnvironment, subject: Subject, invocation: Validating, findings: Findings) {
    this.#environment = environment;
    this.#subject = subject;
    this.#invocation = invocation;
    this.#findings = findings;
  }

  async denials(): Promise<Denial[]> {
    const { state, authorizer, clock } = this.#environment;
    const { hook, target, params } = this.#invocation;
    const startMs = clock.monotonicMs();
    const versioned = await this.#subject.versioned(target);
    const namespace = namespaceObject(state, this.#subject.request);
    const verdict: Verdict = await answered(authorizer, asked =>
      hook.compiled.judge(this.#environment, this.#subject, target, versioned, {
        params,
        namespace,
        authorizer: asked,
      }),
    );
    const seconds = (clock.monotonicMs() - startMs) / 1000;
    const denials = verdict.decisions.flatMap(decision => this.#carryOut(decision, seconds));
    for (const { key, value, error } of verdict.annotations) {
      if (value !== undefined) this.#findings.add(hook.policy.metadata.name!, key, value);
      if (error === undefined) continue;
      denials.push(this.#denial(error, undefined));
      this.#count(error, 'deny', seconds);
    }
    return denials;
  }

  #count(message: string, action: string, seconds: number): void {
    const { binding, hook } = this.#invocation;
    const labels = {
      policy: hook.policy.metadata.name!,
      policy_binding: binding.metadata.name!,
      error_type: errorType(message),
      enforcement_action: action,
    };
    this.#environment.metrics.policy('validating', labels, seconds);
  }

  #carryOut(decision: Decision, seconds: number): Denial[] {
    const { binding, hook } = this.#invocation;
    const [policyName, bindingName] = [hook.policy.metadata.name!, binding.metadata.name!];
    if (!decision.denies) {
      this.#count(decision.message, 'allow', seconds);
      return [];
    }
    const actions = binding.spec?.validationActions ?? [];
    for (const action of actions) this.#count(decision.message, action.toLowerCase(), seconds);
    if (actions.includes('Audit')) this.#audit(decision, actions);
    if (actions.includes('Warn')) {
      this.#subject.request.warn(
        `Validation failed for ValidatingAdmissionPolicy '${policyName}' with binding '${bindingName}': ${decision.message}`,
      );
    }
    return actions.includes('Deny') ? [this.#denial(decision.message, decision.reason)] : [];
  }

  #audit({ message, index }: Decision, validationActions: readonly string[]): void {
    const { binding } = this.#invocation;
    this.#findings.failed({
      message,
      policy: binding.spec?.policyName,
      binding: binding.metadata.name,
      expressionIndex: index,
      validationActions,
    });
  }

  #denial(message: string, reason: string | undefined): Denial {
    const { hook, binding } = this.#invocation;
    return { policy: hook.policy.metadata.name!, binding: binding.metadata.name!, message, reason };
  }
}

/** What the policies of a request note about it: the values of several bindings come together, and what failed. */
class Findings {
  readonly #values = new Map<string, Set<string>>();
  readonly #failures: object[] = [];

  failed(failure: object): void {
    this.#failures.push(failure);
  }

  add(policy: string, key: string, value: string): void {
    const name = `${policy}/${key}`;
    const values = this.#values.get(name) ?? new Set();
    this.#values.set(name, values.add(value.slice(0, annotationValueLengthMax)));
  }

  publish(annotate: (key: string, value: string) => void): void {
    for (const [key, values] of this.#values) annotate(key, [...values].join(', '));
    if (this.#failures.length === 0) return;
    annotate(failureAnnotation, JSON.stringify(this.#failures.slice(0, failuresMax)));
  }
}

const codes: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Invalid: 422,
  RequestEntityTooLarge: 413,
  Unauthorized: 401,
};

function refusal(request: AdmissionRequest, { policy, binding, message, reason }: Denial): StatusError {
  const by = binding === undefined ? `'${policy}'` : `'${policy}' with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy ${by} denied request: ${message}`;
  const { status } = forbidden(request, text);
  const told = reason || 'Invalid';
  return new StatusError({
    ...status,
    reason: told as NonNullable<Status['reason']>,
    code: codes[told] ?? 422,
    details: { ...status.details, causes: [{ message: text }] },
  } as Status);
}
