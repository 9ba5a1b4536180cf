// With a script, the question goes to the page that shows the stages as they are reached.

const show = document.createElement('input');
show.type = 'hidden';
show.name = 'show';
show.value = 'stages';
document.getElementById('go').append(show);
