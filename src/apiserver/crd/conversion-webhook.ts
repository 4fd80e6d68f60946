import type { ConversionReview, WebhookConversion } from '#api/generated/types/apiextensions.v1.ts';
import { randomUuid } from '#base/random.ts';
import { type FieldError, fieldErrorsText, FieldPath } from '#machinery/field.ts';
import { escapeHtml } from '#machinery/go-json.ts';
import { sortMembers } from '#machinery/member-order.ts';
import { validateAnnotations, validateLabels } from '#machinery/metadata.ts';
import { type KubeObject, type ObjectMeta, parseApiVersion } from '#machinery/object.ts';
import { type Status, statusError } from '#machinery/status.ts';
import { responseError } from '../admission/webhooks/response-error.ts';
import type { Services } from '../handlers/context.ts';
import { type OutboundAnswer, callFailure } from '../outbound.ts';
import { decodeReview } from '../webhook-answer.ts';
import { postToWebhook, webhookUrl } from '../webhook-post.ts';
import type { ConvertObjects } from './conversion.ts';
import type { ConversionFailure } from './conversion-metrics.ts';

const timeoutSeconds = 30;
const reviewGroup = 'apiextensions.k8s.io';
const knownVersions = ['v1', 'v1beta1'];

type Caller = Pick<Services, 'outbound' | 'cache' | 'random' | 'clock' | 'schemas' | 'conversionMetrics'>;

/**
 * Converts by a webhook (apiextensions.k8s.io ConversionReview), all objects of a call in one review. `crd`: the name of the
 * definition.
 */
export function createConversionWebhook(
  services: Caller,
  webhook: WebhookConversion,
  crd: string,
): ConvertObjects {
  return async (objects, apiVersion) => {
    const first = parseApiVersion(objects[0]!.apiVersion);
    const what = `${first.group}/${first.version}, Kind=${objects[0]!.kind}`;
    try {
      const versions = { crd, from: objects[0]!.apiVersion, to: apiVersion };
      return await services.conversionMetrics.timed(versions, failing =>
        convert(services, webhook, { objects, apiVersion, failing }),
      );
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof NoObject) throw statusError.unclassified(message);
      const sentence = `conversion webhook for ${what} ${error instanceof BadConversion ? message : `failed: ${message}`}`;
      throw statusError.unclassified(sentence);
    }
  };
}

/** The webhook answered, but not with the objects that were asked for. */
class BadConversion extends Error {}

/** What it answered was no object at all: the decoder's own words. */
class NoObject extends Error {}

interface Conversion {
  readonly objects: readonly KubeObject[];
  readonly apiVersion: string;
  readonly failing: (how: ConversionFailure) => void;
}

async function convert(
  services: Caller,
  webhook: WebhookConversion,
  { objects, apiVersion, failing }: Conversion,
): Promise<KubeObject[]> {
  const version = webhook.conversionReviewVersions.find(candidate => knownVersions.includes(candidate));
  if (!version) throw new Error('no supported conversion review versions');
  const uid = randomUuid(services.random);
  const review = {
    kind: 'ConversionReview',
    apiVersion: `${reviewGroup}/${version}`,
    request: {
      uid,
      desiredAPIVersion: apiVersion,
      objects: objects.map(object => sortMembers(unversioned(object))),
    },
    response: { uid: '', convertedObjects: null, result: { metadata: {} } },
  };
  const type = { group: reviewGroup, version, kind: 'ConversionReview' } as const;
  const body = await post(services, webhook, escapeHtml(JSON.stringify(review)));
  const answer = decodeReview<Partial<ConversionReview>>(services.schemas, body, type);
  failing('conversion_webhook_malformed_response_failure');
  const converted = convertedObjects(answer, version, uid);
  failing('conversion_webhook_partial_response_failure');
  if (converted.length !== objects.length) {
    throw new BadConversion(`returned ${converted.length} objects, expected ${objects.length}`);
  }
  failing('conversion_webhook_invalid_converted_object_failure');
  return objects.map((object, i) => {
    const told = objects.length === 1 ? toldOfOne : toldOfMany(i);
    return checked(object, converted[i], apiVersion, told);
  });
}

/** As the store has it, which knows the revision beside the object. */
function unversioned(object: KubeObject): object {
  if (!object.metadata?.resourceVersion) return object;
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What upstream calls what it was given: one object, or one of many. */
interface Told {
  readonly kind: string;
  readonly identity: string;
  readonly metadata: string;
}

const toldOfOne: Told = {
  kind: 'invalid object at index 0',
  identity: 'invalid object',
  metadata: 'invalid metadata',
};

function toldOfMany(index: number): Told {
  const object = `invalid converted object at index ${index}`;
  return { kind: object, identity: object, metadata: `invalid metadata in object at index ${index}` };
}

function convertedObjects(review: Partial<ConversionReview>, version: string, uid: string): unknown[] {
  const { response, apiVersion = '', kind = '' } = review ?? {};
  if (version === 'v1') {
    const expected = `${reviewGroup}/v1`;
    if (apiVersion !== expected || kind !== 'ConversionReview') {
      const named = (at: string, of: string) => `${at || '/'}, Kind=${of}`;
      throw new Error(
        `expected webhook response of ${named(expected, 'ConversionReview')}, got ${named(apiVersion, kind)}`,
      );
    }
  }
  if (!response) throw new Error('no response provided');
  if (version === 'v1' && response.uid !== uid) {
    throw new Error(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`,
    );
  }
  const result = (response.result ?? {}) as Partial<Status>;
  if (result.status !== 'Success') {
    throw new Error(result.message || `response.result.status was '${result.status ?? ''}', not 'Success'`);
  }
  return response.convertedObjects ?? [];
}

/** The converted object with the metadata that a webhook may not change put back. */
function checked(object: KubeObject, answer: unknown, apiVersion: string, told: Told): KubeObject {
  const refuse = (what: string, why: string) => new BadConversion(`returned ${what}: ${why}`);
  if (answer === null) throw new NoObject('unexpected end of JSON input');
  if (typeof answer !== 'object' || Array.isArray(answer)) {
    const found = Array.isArray(answer) ? 'array' : typeof answer === 'boolean' ? 'bool' : typeof answer;
    throw new NoObject(`json: cannot unmarshal ${found} into Go value of type map[string]interface {}`);
  }
  const converted = answer as KubeObject;
  if (converted.apiVersion !== apiVersion) {
    const received = converted.apiVersion ?? '';
    throw refuse(told.kind, `invalid groupVersion (expected ${apiVersion}, received ${received})`);
  }
  if (converted.kind !== object.kind) {
    throw refuse(told.kind, `invalid kind (expected ${object.kind}, received ${converted.kind ?? ''})`);
  }
  const metadata = (converted.metadata ?? {}) as ObjectMeta;
  for (const [name, shown] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const [before, after] = [object.metadata?.[name] ?? '', metadata[name] ?? ''];
    if (before !== after) throw refuse(told.identity, `must have the same ${shown}: ${before} != ${after}`);
  }
  const problem = notText(metadata, 'labels') ?? notText(metadata, 'annotations');
  if (problem) throw refuse(told.metadata, `${problem} in converted object`);
  const errors = metadataErrors(metadata);
  if (errors.length > 0) throw refuse(told.metadata, fieldErrorsText(errors));
  return { ...converted, metadata: restoredMeta(object.metadata, metadata) };
}

function notText(metadata: ObjectMeta, name: 'labels' | 'annotations'): string | undefined {
  const found = Object.entries(metadata[name] ?? {}).find(([, value]) => typeof value !== 'string');
  return found && `metadata.${name}[${found[0]}] must be a string, but is ${goTypeName(found[1])}`;
}

/** Of a value that is no text, as Go holds it. */
function goTypeName(value: unknown): string {
  if (value === null) return '<nil>';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'object') return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
  return typeof value === 'bigint' || Number.isInteger(value) ? 'int64' : 'float64';
}

function metadataErrors({ labels, annotations }: ObjectMeta): readonly FieldError[] {
  const at = FieldPath.of('metadata');
  return [
    ...validateLabels(labels ?? undefined, at.child('labels')),
    ...validateAnnotations(annotations ?? undefined, at.child('annotations')),
  ];
}

function restoredMeta(original: ObjectMeta | undefined, answered: ObjectMeta): ObjectMeta {
  if (!original) return answered;
  const { labels: _l, annotations: _a, ...rest } = original;
  return {
    ...rest,
    ...(answered.labels ? { labels: answered.labels } : {}),
    ...(answered.annotations ? { annotations: answered.annotations } : {}),
  };
}

async function post(
  services: Caller,
  { clientConfig = {} }: WebhookConversion,
  body: string,
): Promise<string> {
  const url = webhookUrl(clientConfig, timeoutSeconds);
  let answer: OutboundAnswer;
  try {
    const way = { ...services, state: services.cache };
    answer = await postToWebhook(way, clientConfig, { url, timeoutSeconds, body });
  } catch (error) {
    throw new Error(callFailure(url, error as Error));
  }
  const failure = responseError(answer);
  if (failure) throw new Error(failure);
  return answer.body;
}
