// Server-sent events over fetch, which unlike EventSource can send a body and headers.

/** Calls `take(name, data)` for each event. Resolves when the stream ends. */
export async function readEvents(response, take) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      deliver(block, take);
    }
  }
}

function deliver(block, take) {
  let name = 'message';
  const data = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) {
      name = line.slice(7);
    } else if (line.startsWith('data: ')) {
      data.push(line.slice(6));
    }
  }
  if (data.length > 0) {
    take(name, JSON.parse(data.join('\n')));
  }
}
