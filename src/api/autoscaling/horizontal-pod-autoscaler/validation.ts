import { append } from '#base/append.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import type { HorizontalPodAutoscaler, HPAScalingRules } from '../../generated/types/autoscaling.v2.ts';
import type { StrategyContext } from '../../definition.ts';
import { nonNegative, nonNegativeQuantity } from '../../validation.ts';
import { type ReferenceVersions, validateMetric, validateReference, versionProblem } from './metrics.ts';

type Spec = HorizontalPodAutoscaler['spec'];

const path = FieldPath.of('spec');
const stabilizationSecondsMax = 3600;
const periodSecondsMax = 1800;

function validateRules(at: FieldPath, rules: HPAScalingRules | undefined): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [] } = rules;
  const errors: FieldError[] = [];
  if (window !== undefined && (window < 0 || window > stabilizationSecondsMax)) {
    const detail =
      window < 0
        ? 'must be greater than or equal to zero'
        : `must be less than or equal to ${stabilizationSecondsMax}`;
    errors.push(fieldError.invalid(at.child('stabilizationWindowSeconds'), window, detail));
  }
  if (selectPolicy !== undefined && !['Disabled', 'Max', 'Min'].includes(selectPolicy)) {
    errors.push(fieldError.notSupported(at.child('selectPolicy'), selectPolicy, ['Disabled', 'Max', 'Min']));
  }
  if (policies.length === 0)
    errors.push(fieldError.required(at.child('policies'), 'must specify at least one Policy'));
  policies.forEach(({ type, value, periodSeconds }, i) => {
    const policyPath = at.child('policies').index(i);
    if (type !== 'Percent' && type !== 'Pods') {
      errors.push(fieldError.notSupported(policyPath.child('type'), type, ['Percent', 'Pods']));
    }
    if (value <= 0)
      errors.push(fieldError.invalid(policyPath.child('value'), value, 'must be greater than zero'));
    if (periodSeconds <= 0) {
      errors.push(
        fieldError.invalid(policyPath.child('periodSeconds'), periodSeconds, 'must be greater than zero'),
      );
    }
    if (periodSeconds > periodSecondsMax) {
      const detail = `must be less than or equal to ${periodSecondsMax}`;
      errors.push(fieldError.invalid(policyPath.child('periodSeconds'), periodSeconds, detail));
    }
  });
  if (rules.tolerance !== undefined) {
    append(errors, nonNegativeQuantity(at.child('tolerance'), rules.tolerance));
  }
  return errors;
}

/** What is scaled is of a group, but for the one kind of the core group; what was there before may stay. */
function targetVersions(spec: Spec, old: Spec): ReferenceVersions {
  const [now, was] = [spec?.scaleTargetRef, old?.scaleTargetRef];
  const isSame = was && was.kind === now?.kind && (was.apiVersion ?? '') === (now.apiVersion ?? '');
  if (isSame) return 'unchecked';
  return now?.kind === 'ReplicationController' ? 'any' : 'grouped';
}

function objectVersions(old: Spec): ReferenceVersions {
  const isOdd = old?.metrics?.some(({ object }) => versionProblem(object?.describedObject, 'any'));
  return isOdd ? 'unchecked' : 'any';
}

/** Pods that are not there have no metrics. */
function validateScalingToZero(metrics: readonly { type: string }[]): FieldError[] {
  if (metrics.some(({ type }) => type === 'Object' || type === 'External')) return [];
  const detail = 'must specify at least one Object or External metric to support scaling to zero replicas';
  return [fieldError.forbidden(path.child('metrics'), detail)];
}

/** An autoscaler, created or updated. */
export function validateAutoscaler(
  { spec }: HorizontalPodAutoscaler,
  _context?: StrategyContext,
  old?: HorizontalPodAutoscaler,
): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = spec ?? {};
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    const detail = 'must be greater than or equal to 1';
    errors.push(fieldError.invalid(path.child('minReplicas'), minReplicas, detail));
  }
  if (maxReplicas === 0) {
    errors.push(fieldError.required(path.child('maxReplicas'), 'must be set and greater than 0'));
  } else if (maxReplicas < 0) {
    const detail = 'must be greater than or equal to 1';
    errors.push(fieldError.invalid(path.child('maxReplicas'), maxReplicas, detail));
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = 'must be greater than or equal to `minReplicas`';
    errors.push(fieldError.invalid(path.child('maxReplicas'), maxReplicas, detail));
  }
  return [
    ...errors,
    ...validateReference(path.child('scaleTargetRef'), scaleTargetRef, targetVersions(spec, old?.spec)),
    ...metrics.flatMap((metric, i) =>
      validateMetric(path.child('metrics').index(i), metric, objectVersions(old?.spec)),
    ),
    ...(minReplicas === 0 ? validateScalingToZero(metrics) : []),
    ...validateRules(path.child('behavior', 'scaleUp'), behavior?.scaleUp),
    ...validateRules(path.child('behavior', 'scaleDown'), behavior?.scaleDown),
  ];
}

/** What an autoscaler reports. */
export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return (['currentReplicas', 'desiredReplicas'] as const).flatMap(name =>
    nonNegative(FieldPath.of('status', name), status?.[name]),
  );
}
