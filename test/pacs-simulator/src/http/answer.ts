/** What goes back to a client. A stream is sent as it comes, without Content-Length. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
}

export function textAnswer(status: number, body: string, contentType = 'text/plain'): Answer {
  return { status, headers: { 'content-type': contentType }, body };
}

export function jsonAnswer(status: number, value: unknown, contentType = 'application/dicom+json'): Answer {
  return textAnswer(status, JSON.stringify(value), contentType);
}
