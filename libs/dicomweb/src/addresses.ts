import { isUid } from '@prelector/dicom';
import { dicomwebError } from './errors.js';
import type { Roots } from './options.js';

export type Service = 'qido' | 'wado' | 'stow';

/** The UIDs that a path names, outermost first. */
export interface ResourceUids {
  readonly study?: string;
  readonly series?: string;
  readonly instance?: string;
}

/** The addresses of a node, checked once; every URL we ask is made here. */
export class Addresses {
  readonly #roots: Readonly<Record<Service, URL>>;

  constructor(roots: Roots, allowHttp: boolean) {
    const root = (text: string | undefined) => checkedRoot(text ?? roots.base, allowHttp);
    this.#roots = { qido: root(roots.qido), wado: root(roots.wado), stow: root(roots.stow) };
  }

  /** A URL of a service from a path template of the profile; each UID is checked before it is placed. */
  url(service: Service, template: string, uids: ResourceUids = {}): URL {
    const path = template.replaceAll(/\{(study|series|instance)\}/gu, (_all, level: keyof ResourceUids) => {
      const uid = uids[level];
      if (!isUid(uid)) throw dicomwebError('dicomweb.invalid-key', `the ${level} UID`);
      return uid;
    });
    const url = new URL(this.#roots[service]);
    url.pathname = `${url.pathname.replace(/\/+$/u, '')}${path}`;
    return url;
  }

  /** Whether a URL lies at one of the origins that this node was configured with. */
  owns(url: URL): boolean {
    return Object.values(this.#roots).some((root) => root.origin === url.origin);
  }
}

function checkedRoot(text: string, allowHttp: boolean): URL {
  if (!URL.canParse(text)) throw dicomwebError('dicomweb.configuration', 'an address is no URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw dicomwebError('dicomweb.configuration', 'an address must begin with https:// or http://');
  }
  if (url.protocol === 'http:' && !allowHttp) {
    throw dicomwebError('dicomweb.configuration', 'plain http is not allowed for this node');
  }
  if (url.username || url.password || url.search || url.hash) {
    throw dicomwebError('dicomweb.configuration', 'an address holds no credentials, query or fragment');
  }
  return url;
}
