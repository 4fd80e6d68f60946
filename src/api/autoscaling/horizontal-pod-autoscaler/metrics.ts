import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkPathSegment } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import type {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from '../../generated/types/autoscaling.v2.ts';
import { validateContainerResourceName } from '../../core/pod/validate-resources.ts';
import { dns1123Label, invalidEach, requiredName } from '../../validation.ts';

const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;

/** The first of these that a metric has is judged. */
const judged = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

/** What an autoscaler goes by. */
export function validateMetric(
  at: FieldPath,
  metric: MetricSpec,
  objectVersions: ReferenceVersions,
): FieldError[] {
  const typePath = at.child('type');
  const expected = sources[metric.type as keyof typeof sources];
  const unknown = expected
    ? []
    : [fieldError.notSupported(typePath, metric.type ?? '', Object.keys(sources))];
  const present = judged.filter(name => metric[name]);
  const missing = 'must populate information for the given metric source';
  const others = present.length === 1 ? [] : present.filter(name => name !== expected);
  return [
    ...(metric.type ? [] : [fieldError.required(typePath, 'must specify a metric source type')]),
    ...unknown,
    ...(present[0] ? validateSource(at.child(present[0]), metric, present[0], objectVersions) : []),
    ...(expected && !metric[expected] ? [fieldError.required(at.child(expected), missing)] : []),
    ...unknown,
    ...others.map(name => fieldError.forbidden(at.child(name), 'must populate the given metric source only')),
  ];
}

function validateSource(
  at: FieldPath,
  metric: MetricSpec,
  name: (typeof judged)[number],
  objectVersions: ReferenceVersions,
): FieldError[] {
  const { object, external, pods, resource, containerResource } = metric;
  const targetPath = at.child('target');
  switch (name) {
    case 'object':
      return [
        ...validateReference(at.child('describedObject'), object?.describedObject, objectVersions),
        ...validateIdentifier(at.child('metric'), object?.metric),
        ...validateTarget(targetPath, object?.target),
        ...needsValue(targetPath, object?.target, 'must set either a target value or averageValue'),
      ];
    case 'external':
      return [
        ...validateIdentifier(at.child('metric'), external?.metric),
        ...validateTarget(targetPath, external?.target),
        ...validateExternalTarget(targetPath, external?.target),
      ];
    case 'pods':
      return [
        ...validateIdentifier(at.child('metric'), pods?.metric),
        ...validateTarget(targetPath, pods?.target),
        ...validatePodsTarget(targetPath, pods?.target),
      ];
    case 'containerResource':
      return [
        ...validateContainerResource(at, containerResource),
        ...validateResourceTarget(targetPath, containerResource?.target),
      ];
    case 'resource':
      return [
        ...validateResourceName(at.child('name'), resource?.name),
        ...validateResourceTarget(targetPath, resource?.target),
      ];
  }
}

function validateContainerResource(
  at: FieldPath,
  source: ContainerResourceMetricSource | undefined,
): FieldError[] {
  const { name, container } = source ?? {};
  return [
    ...(name
      ? validateContainerResourceName(at.child('name'), name)
      : validateResourceName(at.child('name'), name)),
    ...(container
      ? dns1123Label(at.child('container'), container)
      : [fieldError.required(at.child('container'), 'must specify a container')]),
  ];
}

/** What is scaled, or measured. */
export function validateReference(
  at: FieldPath,
  reference: CrossVersionObjectReference | undefined,
  versions: ReferenceVersions,
): FieldError[] {
  const problem = versionProblem(reference, versions);
  return [
    ...requiredName(at.child('kind'), reference?.kind, checkPathSegment),
    ...requiredName(at.child('name'), reference?.name, checkPathSegment),
    ...(problem ? [fieldError.invalid(at.child('apiVersion'), reference?.apiVersion ?? '', problem)] : []),
  ];
}

/** Which API versions a reference may name: none that does not parse, but for where they are not looked at. */
export type ReferenceVersions = 'grouped' | 'any' | 'unchecked';

/** Why a reference's API version is none. */
export function versionProblem(
  reference: CrossVersionObjectReference | undefined,
  versions: ReferenceVersions,
): string | undefined {
  if (versions === 'unchecked') return undefined;
  const apiVersion = reference?.apiVersion ?? '';
  if (apiVersion.split('/').length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  const isGrouped = apiVersion.indexOf('/') > 0;
  return versions === 'any' || isGrouped ? undefined : 'apiVersion must specify API group';
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
  return target?.averageValue === undefined
    ? [fieldError.required(at.child('averageValue'), 'must specify a positive target averageValue')]
    : [];
}

function validateResourceName(at: FieldPath, name: string | undefined): FieldError[] {
  return name ? [] : [fieldError.required(at, 'must specify a resource name')];
}

function validateResourceTarget(at: FieldPath, target: MetricTarget | undefined): FieldError[] {
  const errors = validateTarget(at, target);
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.push(fieldError.required(at.child('averageUtilization'), detail));
  } else if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    errors.push(fieldError.forbidden(at.child('averageValue'), detail));
  }
  return errors;
}

function validateTarget(at: FieldPath, target: MetricTarget | undefined): FieldError[] {
  const { type = '', averageUtilization, averageValue, value } = target ?? {};
  const errors: FieldError[] = [];
  if (!type) errors.push(fieldError.required(at.child('type'), 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    const detail = 'must be either Utilization, Value, or AverageValue';
    errors.push(fieldError.invalid(at.child('type'), type, detail));
  }
  for (const [name, amount] of Object.entries({ value, averageValue })) {
    if (amount !== undefined && (Quantity.tryParse(amount)?.sign ?? 1) <= 0) {
      errors.push(fieldError.invalid(at.child(name), amount, 'must be positive'));
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(
      fieldError.invalid(at.child('averageUtilization'), averageUtilization, 'must be greater than 0'),
    );
  }
  return errors;
}

/** Whether a value is a quantity of nothing. */
export function isZeroQuantity(value: unknown): boolean {
  return Quantity.tryParse(String(value))?.sign === 0;
}
