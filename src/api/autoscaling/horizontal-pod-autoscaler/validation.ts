import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkPathSegment } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import type {
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
  MetricTarget,
} from '../../generated/types/autoscaling.v2.ts';
import { requiredName } from '../../validation.ts';

const path = FieldPath.of('spec');
const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;
const stabilizationSecondsMax = 3600;
const periodSecondsMax = 1800;

function validateTarget(at: FieldPath, target: MetricTarget | undefined): FieldError[] {
  const { type, averageUtilization, averageValue, value } = target ?? {};
  const errors: FieldError[] = [];
  if (!type) errors.push(fieldError.required(at.child('type'), 'must specify a metric target type'));
  else if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    const detail = 'must be either Utilization, Value, or AverageValue';
    errors.push(fieldError.invalid(at.child('type'), type, detail));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(
      fieldError.invalid(at.child('averageUtilization'), averageUtilization, 'must be greater than 0'),
    );
  }
  for (const [name, amount] of Object.entries({ averageValue, value })) {
    if (amount !== undefined && (Quantity.tryParse(amount)?.sign ?? 1) <= 0) {
      errors.push(fieldError.invalid(at.child(name), amount, 'must be positive'));
    }
  }
  return errors;
}

function validateMetric(at: FieldPath, metric: MetricSpec): FieldError[] {
  if (!metric.type) return [fieldError.required(at.child('type'), 'must specify a metric source type')];
  const name = sources[metric.type as keyof typeof sources];
  if (!name) return [fieldError.notSupported(at.child('type'), metric.type, Object.keys(sources))];
  const source = metric[name];
  const others = Object.values(sources).filter(other => other !== name && metric[other]);
  const errors = others.map(other =>
    fieldError.forbidden(at.child(other), 'must populate the given metric source only'),
  );
  if (!source) {
    const detail = 'must populate information for the given metric source';
    return [...errors, fieldError.required(at.child(name), detail)];
  }
  const target = source.target;
  errors.push(...validateTarget(at.child(name, 'target'), target));
  if ((name === 'resource' || name === 'containerResource') && !metric[name]?.name) {
    errors.push(fieldError.required(at.child(name, 'name'), 'must specify a resource name'));
  }
  if (
    target &&
    target.averageUtilization === undefined &&
    target.averageValue === undefined &&
    target.value === undefined
  ) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.push(fieldError.required(at.child(name, 'target', 'averageUtilization'), detail));
  }
  return errors;
}

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
  if (selectPolicy && !['Disabled', 'Max', 'Min'].includes(selectPolicy)) {
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
  return errors;
}

/** An autoscaler, created or updated. */
export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = spec ?? {};
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    const detail = 'must be greater than or equal to 1';
    errors.push(fieldError.invalid(path.child('minReplicas'), minReplicas, detail));
  }
  if (maxReplicas < 1) {
    errors.push(fieldError.invalid(path.child('maxReplicas'), maxReplicas, 'must be greater than 0'));
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = 'must be greater than or equal to `minReplicas`';
    errors.push(fieldError.invalid(path.child('maxReplicas'), maxReplicas, detail));
  }
  const refPath = path.child('scaleTargetRef');
  return [
    ...errors,
    ...requiredName(refPath.child('kind'), scaleTargetRef?.kind, checkPathSegment),
    ...requiredName(refPath.child('name'), scaleTargetRef?.name, checkPathSegment),
    ...metrics.flatMap((metric, i) => validateMetric(path.child('metrics').index(i), metric)),
    ...validateRules(path.child('behavior', 'scaleUp'), behavior?.scaleUp),
    ...validateRules(path.child('behavior', 'scaleDown'), behavior?.scaleDown),
  ];
}
