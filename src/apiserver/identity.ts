/** Who asks (authentication.k8s.io UserInfo). */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What is asked, as authorizers see it (authorization.k8s.io ResourceAttributes, NonResourceAttributes). */
export interface Attributes {
  readonly user: UserInfo;
  /** get, list, watch, create, update, patch, delete, deletecollection, …; for other paths the method in lower case. */
  readonly verb: string;
  /** False for paths such as /healthz; then `path` alone counts. */
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  /** Of a list, watch or deletecollection, as it was sent; '' or absent: none. */
  readonly fieldSelector?: string;
  /** The same. */
  readonly labelSelector?: string;
  /** The same for all that differs in the user and the object's name alone; absent where that is not known. */
  readonly target?: object;
}

export interface Decision {
  /** `none`: no opinion; somebody else may allow. When nobody does, it is a no. */
  readonly decision: 'allow' | 'deny' | 'none';
  readonly reason: string;
  /** What kept an authorizer from deciding: unless another allows, that is the answer. */
  readonly error?: string;
}

export interface Authorizer {
  authorize(attributes: Attributes): Decision | Promise<Decision>;
}

/** The identity of the API server's own requests. */
export const loopbackUser: UserInfo = {
  name: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
};

/** Who has not said who it is. */
export const anonymousUser: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
