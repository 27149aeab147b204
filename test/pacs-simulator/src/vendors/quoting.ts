import type { Answer } from '../http/answer.js';
import { textAnswer } from '../http/answer.js';
import type { MediaType } from '../http/media-types.js';
import { chooseMultipart } from './plain.js';

/** Servers whose parsers read `type="application/dicom"` and trip over the bare form. */
export function chooseQuotedMultipart(ranges: readonly MediaType[]): 'multipart' | undefined {
  const readable = ranges.filter(({ parameters }) => parameters['type']?.quoted ?? true);
  return ranges.length > 0 && readable.length === 0 ? undefined : chooseMultipart(readable);
}

/** 415 to a store request whose `type` is not quoted. */
export function refuseUnquotedType({ contentType }: { contentType: MediaType }): Answer | undefined {
  const { type, parameters } = contentType;
  if (type !== 'multipart/related' || parameters['type']?.quoted !== true)
    return textAnswer(415, 'unsupported media type');
  return parameters['boundary'] ? undefined : textAnswer(400, 'no boundary');
}

/** A store request as multipart/related or as one application/dicom. */
export function refuseOtherThanDicom({
  contentType: { type, parameters },
}: {
  contentType: MediaType;
}): Answer | undefined {
  if (type === 'application/dicom') return undefined;
  if (type !== 'multipart/related') return textAnswer(415, 'unsupported media type');
  return parameters['boundary'] ? undefined : textAnswer(400, 'no boundary');
}
