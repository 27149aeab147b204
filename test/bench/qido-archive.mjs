import { createServer } from 'node:http';

const perDay = 100;
const day = (offset) =>
  new Date(Date.now() - offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');

/**
 * A QIDO-RS server that stands for an archive of any number of studies, a hundred a day back from today. It
 * finds a range of dates as an index does, so that its own cost does not grow; it counts what it is asked.
 */
export async function startQidoArchive(studies) {
  const days = Math.ceil(studies / perDay);
  const dates = Array.from({ length: days }, (_, offset) => day(offset));
  const counted = { requests: 0, answered: 0 };
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://archive');
    counted.requests += 1;
    const [from, to] = (url.searchParams.get('00080020') ?? url.searchParams.get('StudyDate') ?? '').split(
      '-',
    );
    const end = to ?? from;
    if (!from) return void response.writeHead(400).end();
    const hits = [];
    for (const [offset, date] of dates.entries()) {
      if (from && date < from) break;
      if (end && date > end) continue;
      for (let index = 0; index < perDay; index++) hits.push(study(date, offset * perDay + index));
    }
    const start = Number(url.searchParams.get('offset') ?? 0);
    const page = hits.slice(start, start + Number(url.searchParams.get('limit') ?? hits.length));
    counted.answered += page.length;
    response.writeHead(page.length > 0 ? 200 : 204, { 'content-type': 'application/dicom+json' });
    response.end(page.length > 0 ? JSON.stringify(page) : undefined);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${server.address().port}/dicom-web`,
    counted,
    stop: () => new Promise((closed) => server.close(closed) && server.closeAllConnections()),
  };
}

function study(date, number) {
  const of = (vr, value) => ({ vr, Value: [value] });
  return {
    '00080020': of('DA', date),
    '00080061': of('CS', 'CT'),
    '0020000D': of('UI', `1.2.826.0.1.3680043.10.1.${number + 1}`),
    '00201206': of('IS', 2),
    '00201208': of('IS', 300),
  };
}
