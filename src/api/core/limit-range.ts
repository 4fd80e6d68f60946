import { append } from '#base/append.ts';
import { defineResource } from '../definition.ts';
import type { LimitRange, LimitRangeItem } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { invalidEach } from '../validation.ts';
import { Quantity } from '#machinery/quantity.ts';
import {
  isOvercommittable,
  validateContainerResourceName,
  validateResourceName,
} from './pod/validate-resources.ts';

/** A container's default limit is the maximum, and its default request that limit, else the minimum. */
function setDefaults(object: LimitRange): void {
  for (const item of object.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (Object.keys(limits).length > 0) item.default = limits;
    if (Object.keys(requests).length > 0) item.defaultRequest = requests;
  }
}

const standardTypes = ['Container', 'PersistentVolumeClaim', 'Pod'];
const amountFields = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** Pairs of which the first may not be above the second: whose field errs, whose value is shown, how both are called. */
const orders: readonly (readonly [
  low: AmountField,
  high: AmountField,
  at: AmountField,
  shown: AmountField,
  lowName: string,
  highName: string,
])[] = [
  ['min', 'max', 'min', 'min', 'min value', 'max value'],
  ['min', 'defaultRequest', 'defaultRequest', 'defaultRequest', 'min value', 'default request value'],
  ['defaultRequest', 'max', 'defaultRequest', 'defaultRequest', 'default request value', 'max value'],
  [
    ...(['defaultRequest', 'default', 'defaultRequest', 'defaultRequest'] as const),
    ...(['default request value', 'default limit value'] as const),
  ],
  ['min', 'default', 'default', 'min', 'min value', 'default value'],
  ['default', 'max', 'default', 'max', 'default value', 'max value'],
];

type AmountField = (typeof amountFields)[number];

function validateOrder(path: FieldPath, item: LimitRangeItem, resource: string): FieldError[] {
  return orders.flatMap(([low, high, at, shown, lowName, highName]) => {
    const [less, more] = [item[low]?.[resource], item[high]?.[resource]];
    if (less === undefined || more === undefined) return [];
    const order = Quantity.tryParse(less)?.compare(Quantity.tryParse(more) ?? Quantity.zero) ?? 0;
    if (order <= 0) return [];
    const detail = `${lowName} ${less} is greater than ${highName} ${more}`;
    return [fieldError.invalid(path.child(at).key(resource), item[shown]![resource], detail)];
  });
}

/** How far a limit may be above its request: at least once, and no further than the bounds let it. */
function validateRatio(path: FieldPath, item: LimitRangeItem, resource: string): FieldError[] {
  const ratio = item.maxLimitRequestRatio?.[resource];
  const times = Quantity.tryParse(ratio ?? '');
  if (ratio === undefined || !times) return [];
  const at = path.child('maxLimitRequestRatio').key(resource);
  const errors: FieldError[] = [];
  if (times.compare(Quantity.of(1)) < 0)
    errors.push(fieldError.invalid(at, ratio, `ratio ${ratio} is less than 1`));
  const [min, max] = [item.min, item.max].map(bounds => Quantity.tryParse(bounds?.[resource] ?? ''));
  if (!min || !max) return errors;
  const most = max.toNumber() / min.toNumber();
  if (times.toNumber() <= most) return errors;
  const detail = `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`;
  return [...errors, fieldError.invalid(at, ratio, detail)];
}

/** What cannot be promised more than once is requested as it is limited. */
function validateExact(path: FieldPath, item: LimitRangeItem, resource: string): FieldError[] {
  const [limit, request] = [item.default?.[resource], item.defaultRequest?.[resource]];
  if (limit === undefined || request === undefined || isOvercommittable(resource)) return [];
  if (Quantity.tryParse(limit)?.equals(Quantity.tryParse(request) ?? Quantity.zero)) return [];
  const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${resource}`;
  return [fieldError.invalid(path.child('defaultRequest').key(resource), request, detail)];
}

function validateItem(path: FieldPath, item: LimitRangeItem): FieldError[] {
  const errors: FieldError[] = [];
  const isCompute = item.type === 'Pod' || item.type === 'Container';
  const checkName = isCompute ? validateContainerResourceName : validateResourceName;
  for (const field of amountFields) {
    const names = Object.keys(item[field] ?? {});
    if (item.type === 'Pod' && field.startsWith('default')) {
      const detail = "may not be specified when `type` is 'Pod'";
      if (names.length > 0) errors.push(fieldError.forbidden(path.child(field), detail));
    } else
      append(
        errors,
        names.flatMap(name => checkName(path.child(field).key(name), name)),
      );
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.storage && !item.max?.storage) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(fieldError.required(path.child('limits'), detail));
  }
  const { default: _limits, defaultRequest: _requests, ...bounds } = item;
  const judged: LimitRangeItem = item.type === 'Pod' ? bounds : item;
  const resources = new Set(amountFields.flatMap(field => Object.keys(judged[field] ?? {})));
  return [
    ...errors,
    ...[...resources].flatMap(resource => [
      ...validateOrder(path, judged, resource),
      ...validateRatio(path, judged, resource),
      ...validateExact(path, judged, resource),
    ]),
  ];
}

function validateType(path: FieldPath, type: string): FieldError[] {
  const errors = invalidEach(path, type, checkQualifiedName(type));
  if (errors.length > 0 || type.includes('/') || standardTypes.includes(type)) return errors;
  return [fieldError.invalid(path, type, 'must be a standard limit type or fully qualified')];
}

function validate(object: LimitRange): FieldError[] {
  const path = FieldPath.of('spec', 'limits');
  const seen = new Set<string>();
  return (object.spec?.limits ?? []).flatMap((item, i) => {
    const at = path.index(i).child('type');
    const errors = validateType(at, item.type);
    if (seen.has(item.type)) errors.push(fieldError.duplicate(at, item.type));
    seen.add(item.type);
    return [...errors, ...validateItem(path.index(i), item)];
  });
}

/** One that is given no name gets one that nobody else has. */
function prepareForCreate({ metadata }: LimitRange): void {
  metadata.name ||= metadata.uid!;
}

export const limitRangeResource = defineResource<LimitRange>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.LimitRange' }],
  kind: 'LimitRange',
  resource: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['create'] },
    allowCreateOnUpdate: true,
    setDefaults,
    prepareForCreate,
    validate,
  },
});
