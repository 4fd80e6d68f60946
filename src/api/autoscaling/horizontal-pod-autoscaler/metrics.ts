import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkPathSegment } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import type {
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from '../../generated/types/autoscaling.v2.ts';
import { invalidEach, requiredName } from '../../validation.ts';

const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;

/** What an autoscaler goes by. */
export function validateMetric(at: FieldPath, metric: MetricSpec): FieldError[] {
  if (!metric.type) return [fieldError.required(at.child('type'), 'must specify a metric source type')];
  const name = sources[metric.type as keyof typeof sources];
  if (!name) return [fieldError.notSupported(at.child('type'), metric.type, Object.keys(sources))];
  const others = Object.values(sources).filter(other => other !== name && metric[other]);
  const errors = others.map(other =>
    fieldError.forbidden(at.child(other), 'must populate the given metric source only'),
  );
  if (!metric[name]) {
    const detail = 'must populate information for the given metric source';
    return [...errors, fieldError.required(at.child(name), detail)];
  }
  return [...errors, ...validateSource(at, metric)];
}

function validateSource(at: FieldPath, metric: MetricSpec): FieldError[] {
  const { object, external, pods, resource, containerResource } = metric;
  switch (metric.type) {
    case 'Object':
      return [
        ...validateReference(at.child('object', 'describedObject'), object?.describedObject),
        ...validateIdentifier(at.child('object', 'metric'), object?.metric),
        ...validateTarget(at.child('object', 'target'), object?.target),
        ...needsValue(
          at.child('object', 'target'),
          object?.target,
          'must set either a target value or averageValue',
        ),
      ];
    case 'External':
      return [
        ...validateIdentifier(at.child('external', 'metric'), external?.metric),
        ...validateTarget(at.child('external', 'target'), external?.target),
        ...validateExternalTarget(at.child('external', 'target'), external?.target),
      ];
    case 'Pods':
      return [
        ...validateIdentifier(at.child('pods', 'metric'), pods?.metric),
        ...validateTarget(at.child('pods', 'target'), pods?.target),
        ...validatePodsTarget(at.child('pods', 'target'), pods?.target),
      ];
    case 'ContainerResource':
      return [
        ...validateResource(
          at.child('containerResource'),
          containerResource?.name,
          containerResource?.target,
        ),
        ...(containerResource?.container
          ? []
          : [fieldError.required(at.child('containerResource', 'container'), 'must specify a container')]),
      ];
    default:
      return validateResource(at.child('resource'), resource?.name, resource?.target);
  }
}

/** What is scaled, or measured. */
export function validateReference(
  at: FieldPath,
  reference: CrossVersionObjectReference | undefined,
): FieldError[] {
  return [
    ...requiredName(at.child('kind'), reference?.kind, checkPathSegment),
    ...requiredName(at.child('name'), reference?.name, checkPathSegment),
  ];
}

function validateIdentifier(at: FieldPath, metric: MetricIdentifier | undefined): FieldError[] {
  if (!metric?.name) return [fieldError.required(at.child('name'), 'must specify a metric name')];
  return invalidEach(at.child('name'), metric.name, checkPathSegment(metric.name));
}

function needsValue(at: FieldPath, target: MetricTarget | undefined, detail: string): FieldError[] {
  const has = target?.value !== undefined || target?.averageValue !== undefined;
  return has ? [] : [fieldError.required(at.child('averageValue'), detail)];
}

function validateExternalTarget(at: FieldPath, target: MetricTarget | undefined): FieldError[] {
  if (target?.value !== undefined && target.averageValue !== undefined) {
    const detail = 'may not set both a target value for metric and a per-pod target';
    return [fieldError.forbidden(at.child('value'), detail)];
  }
  return needsValue(at, target, 'must set either a target value for metric or a per-pod target');
}

function validatePodsTarget(at: FieldPath, target: MetricTarget | undefined): FieldError[] {
  const isPositive = (Quantity.tryParse(target?.averageValue ?? '')?.sign ?? 0) > 0;
  return isPositive
    ? []
    : [fieldError.required(at.child('averageValue'), 'must specify a positive target averageValue')];
}

function validateResource(
  at: FieldPath,
  name: string | undefined,
  target: MetricTarget | undefined,
): FieldError[] {
  const errors = name ? [] : [fieldError.required(at.child('name'), 'must specify a resource name')];
  append(errors, validateTarget(at.child('target'), target));
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.push(fieldError.required(at.child('target', 'averageUtilization'), detail));
  } else if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    errors.push(fieldError.forbidden(at.child('target', 'averageValue'), detail));
  }
  return errors;
}

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
