/**
 * The admin's pages: the connection test, the order panel, the queue's figures, the notice.
 * Everything works without it, except the journey.
 */
( function () {
	'use strict';

	var words = window.causewayWords;
	var fetch = window.wp.apiFetch;
	var base = '/causeway/v1/admin';

	/** Say something where screen readers hear it. */
	function say( place, text ) {
		place.textContent = '';
		var line = document.createElement( 'p' );
		line.textContent = text;
		place.appendChild( line );
	}

	function test( button ) {
		var answer = document.querySelector( '[data-causeway-answer]' );
		button.addEventListener( 'click', function ( event ) {
			event.preventDefault();
			if ( button.getAttribute( 'aria-disabled' ) === 'true' ) {
				return;
			}
			button.setAttribute( 'aria-disabled', 'true' );
			say( answer, words.testing );
			fetch( { path: base + '/test', method: 'POST' } )
				.then( function ( found ) {
					answer.innerHTML = found.html; // Escaped by the server.
				} )
				.catch( function () {
					say( answer, words.failed );
				} )
				.finally( function () {
					button.removeAttribute( 'aria-disabled' );
				} );
		} );
	}

	/** The form of a return. It stands in the order's own form, which must not be sent with it. */
	function returns( back, answer, path ) {
		function ask( form ) {
			var button = form.querySelector( '[data-causeway-ask]' );
			var data = { number: form.getAttribute( 'data-causeway-number' ), lines: {} };
			var wrong = form.querySelector( ':invalid' );
			if ( wrong ) {
				wrong.reportValidity();
				return;
			}
			if ( button.getAttribute( 'aria-disabled' ) === 'true' ) {
				return;
			}
			button.setAttribute( 'aria-disabled', 'true' );
			form.querySelectorAll( '[data-causeway-line]' ).forEach( function ( field ) {
				data.lines[ field.getAttribute( 'data-causeway-line' ) ] = field.value;
			} );
			data.reason = form.querySelector( '[data-causeway-reason]' ).value;
			say( answer, words.sending );
			fetch( { path: path, method: 'POST', data: data } )
				.then( function ( found ) {
					back.innerHTML = found.html; // Escaped by the server.
					back.setAttribute( 'tabindex', '-1' );
					back.focus(); // The button that had the keyboard is gone.
					say( answer, found.said );
				} )
				.catch( function ( error ) {
					say( answer, ( error && error.message ) || words.failed );
				} )
				.finally( function () {
					button.removeAttribute( 'aria-disabled' );
				} );
		}
		back.addEventListener( 'click', function ( event ) {
			if ( event.target.closest( '[data-causeway-ask]' ) ) {
				ask( event.target.closest( 'fieldset' ) );
			}
		} );
		back.addEventListener( 'keydown', function ( event ) {
			if ( event.key === 'Enter' && event.target.matches( 'input' ) ) {
				event.preventDefault();
				ask( event.target.closest( 'fieldset' ) );
			}
		} );
	}

	function panel( box ) {
		var path = base + '/orders/' + box.getAttribute( 'data-causeway-order' );
		var local = box.querySelector( '[data-causeway-local]' );
		var journey = box.querySelector( '[data-causeway-journey]' );
		var refresh = box.querySelector( '[data-causeway-refresh]' );
		var resend = box.querySelector( '[data-causeway-resend]' );
		var back = box.querySelector( '[data-causeway-return]' );
		if ( ! journey ) {
			return;
		}
		returns( back, box.querySelector( '[data-causeway-asked]' ), path + '/returns' );
		function load() {
			journey.setAttribute( 'aria-busy', 'true' );
			return fetch( { path: path } )
				.then( function ( found ) {
					local.innerHTML = found.local; // Escaped by the server.
					journey.innerHTML = found.journey; // Escaped by the server.
					if ( ! back.querySelector( 'details[open]' ) ) { // Somebody may be writing in it.
						back.innerHTML = found.returns; // Escaped by the server.
					}
				} )
				.catch( function () {
					say( journey, words.failed );
				} )
				.finally( function () {
					journey.setAttribute( 'aria-busy', 'false' );
				} );
		}
		refresh.hidden = false;
		refresh.addEventListener( 'click', function () {
			say( journey, words.loading );
			load();
		} );
		resend.setAttribute( 'role', 'button' );
		resend.addEventListener( 'keydown', function ( event ) {
			if ( event.key === ' ' ) {
				event.preventDefault();
				resend.click();
			}
		} );
		resend.addEventListener( 'click', function ( event ) {
			event.preventDefault();
			say( journey, words.sending );
			fetch( { path: path + '/send', method: 'POST' } )
				.then( function ( found ) {
					say( journey, found.said );
					setTimeout( load, 3000 );
				} )
				.catch( function () {
					say( journey, words.failed );
				} );
		} );
		say( journey, words.loading );
		load();
	}

	function queue( figures ) {
		var history = document.querySelector( '[data-causeway-history]' );
		setInterval( function () {
			if ( document.hidden || figures.contains( document.activeElement ) ) {
				return; // Nobody looks, or somebody has the keyboard in it.
			}
			fetch( { path: base + '/queue' } )
				.then( function ( found ) {
					figures.innerHTML = found.figures; // Escaped by the server.
					history.innerHTML = found.history; // Escaped by the server.
				} )
				.catch( function () {} );
		}, 5000 );
	}

	function each( selector, act ) {
		document.querySelectorAll( selector ).forEach( act );
	}

	each( '[data-causeway-test]', test );
	each( '[data-causeway-order]', panel );
	each( '[data-causeway-figures]', queue );
	each( '[data-causeway-confirm]', function ( button ) {
		button.addEventListener( 'click', function ( event ) {
			if ( ! window.confirm( button.getAttribute( 'data-causeway-confirm' ) ) ) {
				event.preventDefault();
			}
		} );
	} );
	each( '#causeway-do', function ( form ) {
		form.addEventListener( 'submit', function () {
			window.onbeforeunload = null; // WooCommerce takes our dates for unsaved settings.
		} );
	} );
	document.addEventListener( 'click', function ( event ) {
		var notice = event.target.closest( '[data-causeway-notice]' );
		if ( notice && event.target.closest( '.notice-dismiss' ) ) {
			fetch( { path: base + '/dismiss', method: 'POST', data: { kind: notice.getAttribute( 'data-causeway-notice' ) } } ).catch( function () {} );
		}
	} );
} )();
