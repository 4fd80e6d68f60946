import type { Status } from '#machinery/status.ts';
import type { UserInfo } from '../identity.ts';
import type { AuditLevel, AuditStage } from './policy.ts';

/** authentication.k8s.io/v1 UserInfo. */
interface AuditUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: UserInfo['extra'];
}

/** audit.k8s.io/v1 ObjectReference. */
export interface AuditObjectReference {
  resource?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
  uid?: string | undefined;
  apiGroup?: string | undefined;
  apiVersion?: string | undefined;
  resourceVersion?: string | undefined;
  subresource?: string | undefined;
}

/** audit.k8s.io/v1 Event; the two objects are JSON already. */
export interface AuditEvent {
  readonly level: AuditLevel;
  readonly auditID: string;
  stage: AuditStage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: AuditUser;
  impersonatedUser?: AuditUser;
  authenticationMetadata?: { readonly impersonationConstraint: string };
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  objectRef?: AuditObjectReference;
  responseStatus?: Partial<Status>;
  requestObject?: string;
  responseObject?: string;
  readonly receivedMs: number;
  stageMs: number;
  annotations?: Record<string, string>;
}

export function auditUser(user: UserInfo | undefined): AuditUser {
  if (!user) return {};
  const { name, uid, groups, extra = {} } = user;
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

/** The event as one line of JSON, its fields in upstream's order. */
export function auditEventJson(event: AuditEvent): string {
  const { level, auditID, stage, requestURI, verb, user, sourceIPs, userAgent } = event;
  const { impersonatedUser, authenticationMetadata, objectRef, responseStatus, annotations } = event;
  const head = JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID,
    stage,
    requestURI,
    verb,
    user,
    impersonatedUser,
    authenticationMetadata,
    sourceIPs: sourceIPs.length > 0 ? sourceIPs : undefined,
    userAgent: userAgent || undefined,
    objectRef,
    responseStatus: responseStatus && { metadata: {}, ...responseStatus },
  });
  const tail = JSON.stringify({
    requestReceivedTimestamp: microTime(event.receivedMs),
    stageTimestamp: microTime(event.stageMs),
    annotations: annotations && sorted(annotations),
  });
  const objects =
    (event.requestObject === undefined ? '' : `,"requestObject":${event.requestObject}`) +
    (event.responseObject === undefined ? '' : `,"responseObject":${event.responseObject}`);
  return `${head.slice(0, -1)}${objects},${tail.slice(1)}`;
}

/** The event in one line for people (--audit-log-format=legacy). */
export function auditEventText(event: AuditEvent): string {
  const { user, impersonatedUser: as } = event;
  const list = (texts: readonly string[] | undefined) => texts?.map(text => JSON.stringify(text)).join(',');
  const parts = {
    id: event.auditID,
    stage: event.stage,
    ip: event.sourceIPs[0] ?? '<unknown>',
    method: event.verb,
    user: user.username ?? '<none>',
    groups: list(user.groups) ?? '<none>',
    as: as?.username ?? '<self>',
    asgroups: as ? (list(as.groups) ?? '<lookup>') : '<lookup>',
    'user-agent': event.userAgent,
    namespace: event.objectRef?.namespace ?? '<none>',
    uri: event.requestURI,
  };
  const told = Object.entries(parts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const received = new Date(event.receivedMs).toISOString();
  return `${received} AUDIT: ${told.join(' ')} response="${event.responseStatus?.code ?? '<deferred>'}"`;
}

/** metav1.MicroTime. */
function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}

function sorted(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
