/* Files go in pieces, and go on where they stopped; without script the form sends them whole. */
(() => {
  const form = document.querySelector('form[data-pieces]');
  if (!form || !window.crypto?.subtle) return;
  const shown = form.querySelector('[data-progress]'), bar = shown.querySelector('rect'), refused = form.querySelector('[data-refused]');
  const call = async (address, options = {}) => {
    const token = form.querySelector('[name=csrfmiddlewaretoken]').value;
    const answer = await fetch(address, {...options, headers: {'X-CSRFToken': token, ...options.headers}});
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.title);
    return body;
  };
  const hash = async file => [...new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))].map(byte => byte.toString(16).padStart(2, '0')).join('');
  const say = (done, all) => {
    const share = all ? Math.floor(done * 100 / all) : 0;
    shown.hidden = false;
    bar.setAttribute('width', share);
    shown.querySelector('.pct').lastChild.textContent = `${share} %`;
  };
  const send = async (name, files) => {
    const announced = [];
    for (const file of files) announced.push({name: file.name, size_bytes: file.size, sha256: await hash(file)});
    const dataset = await call(form.dataset.pieces, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({name, files: announced})});
    let done = dataset.uploaded_bytes;
    say(done, dataset.size_bytes);
    for (const kept of dataset.files) {
      const file = files.find(one => one.name === kept.name);
      for (const offset of kept.missing) {
        const piece = file.slice(offset, offset + dataset.piece_bytes);
        await call(`/api/v1/datasets/${dataset.id}/files/${kept.id}/?offset=${offset}`, {method: 'PUT', headers: {'Content-Type': 'application/octet-stream'}, body: piece});
        done += piece.size;
        say(done, dataset.size_bytes);
      }
    }
  };
  form.addEventListener('submit', async e => {
    const files = [...form.elements.content.files];
    if (!files.length) return;
    e.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    refused.hidden = true;
    try {
      await send(form.elements.name.value, files);
      location.hash = '#data';
      location.reload();
    } catch (problem) {
      refused.textContent = problem.message;
      refused.hidden = false;
      button.disabled = false;
    }
  });
})();
