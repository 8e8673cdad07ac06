"""The requests that pages state in their scripts: each read whole, or refused with the script's own words."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.families.base import LISTS
from crawler.families.pages.markup import parse_markup
from crawler.families.pages.script_reader import read_scripts
from crawler.families.pages.stated_requests import Stated, requests_on, stated_requests, unread_words
from tests.soak import SOAK, series

HOME = "https://www.hexi.gov.cn"


def stated(script: str, markup: str = "<p>") -> list[Stated]:
    return list(stated_requests(read_scripts(script), f"{HOME}/zwgk/", parse_markup(markup)))


WHOLE = {
    "the address alone": ("$.get('/api/list?ch=7')", "/api/list?ch=7", None),
    "an address in a variable": ("var u = '/api/list?ch=7'; $.getJSON(u, show)", "/api/list?ch=7", None),
    "an address in three parts": (
        "var b = '/api'; var c = b + '/list?ch='; $.get(c + 7)",
        "/api/list?ch=7",
        None,
    ),
    "a choice between two": ("var n = 1; $.get(n == 1 ? '/x?ch=7' : '/x?p=' + n)", "/x?ch=7", None),
    "an address that grows": ("var u = '/api?a=1'; u += '&b=2'; $.get(u)", "/api?a=1&b=2", None),
    "a template string": ("let ch = 7; $.get(`/api/list?ch=${ch}&n=5`)", "/api/list?ch=7&n=5", None),
    "a field of an object": (
        "var o = {t: 'gw', in: {n: 5}}; $.get('/s?t=' + o.t + '&n=' + o.in.n)",
        "/s?t=gw&n=5",
        None,
    ),
    "fields beside the address": (
        "$.get('/api/list', {ch: 7, page: page}, show)",
        "/api/list?ch=7&page=1",
        None,
    ),
    "fields in a variable": ("var p = {ch: '7'}; $.getJSON('/api/list', p, show)", "/api/list?ch=7", None),
    "a field that is added": (
        "var p = {ch: 7}; p.n = 5; p['t'] = 'a'; $.get('/x', p)",
        "/x?ch=7&n=5&t=a",
        None,
    ),
    "objects put together": (
        "var p = {a: 1}; $.get('/x', $.extend({}, p, {b: 2}))",
        "/x?a=1&b=2",
        None,
    ),
    "an object spread in another": ("var p = {a: 1}; $.get('/x', {...p, b: 2})", "/x?b=2&a=1", None),
    "what stands behind a spread object": (
        "var o = {ch: 1, n: 5}; $.get('/x', {...o, ch: 7})",
        "/x?ch=7&n=5",
        None,
    ),
    "objects put together in turn": (
        "var o = {a: 1}; $.extend(o, {ch: 7}); $.extend(o, {n: 5}); $.get('/x', o)",
        "/x?a=1&ch=7&n=5",
        None,
    ),
    "a field that is added within an object": (
        "var o = {q: {ch: 7}}; o.q.n = 5; axios.post('/x', o)",
        "/x",
        {"q": {"ch": 7, "n": 5}},
    ),
    "what a function adds to an address that it is given": (
        "function f(u) { u += '&n=5'; $.get(u) } f('/x?ch=7')",
        "/x?ch=7&n=5",
        None,
    ),
    "what a function adds to an object that it is given": (
        "function f(o) { o.n = 5; $.get('/x', o) } f({ch: 7})",
        "/x?ch=7&n=5",
        None,
    ),
    "an address that is set to more of itself": (
        "var u = '/x?ch=7'; u = u + '&n=5'; $.get(u)",
        "/x?ch=7&n=5",
        None,
    ),
    "a number that is counted on": ("var n = 4; n += 1; $.get('/x?ch=7&n=' + n)", "/x?ch=7&n=5", None),
    "a form that fetch sends": (
        "var f = new URLSearchParams(); f.append('ch', 7); fetch('/x', {method: 'POST', body: f})",
        "/x",
        "ch=7",
    ),
    "an object that is made": ("var o = new Object(); o.ch = 7; axios.post('/x', o)", "/x", {"ch": 7}),
    "a posted form": ("$.post('/q', {ch: 'a b', page: pageNo}, show)", "/q", "ch=a+b&page=1"),
    "a posted variable": ("var p = {ch: 7}; $.post('/q', p, function (d) {})", "/q", "ch=7"),
    "a posted text": ("$.post('/q', 'ch=7&page=' + page)", "/q", "ch=7&page=1"),
    "settings of a GET": ("$.ajax({url: '/x', data: {ch: 7}, success: f})", "/x?ch=7", None),
    "settings of a POST": ("$.ajax({url: '/x', type: 'POST', data: {ch: 7}})", "/x", "ch=7"),
    "an address before settings": ("$.ajax('/x', {method: 'post', data: {ch: 7}})", "/x", "ch=7"),
    "settings in a variable": (
        "var o = {url: '/x', type: 'post'}; o.data = {ch: 7}; $.ajax(o)",
        "/x",
        "ch=7",
    ),
    "posted JSON": (
        "$.ajax({url: '/x', type: 'post', contentType: 'application/json', data: JSON.stringify({ch: 7})})",
        "/x",
        {"ch": 7},
    ),
    "parameters of axios": ("axios.get('/x', {params: {ch: 7, pageNum: 1}})", "/x?ch=7&pageNum=1", None),
    "what axios posts": ("axios.post('/x', {ch: '7', all: true})", "/x", {"ch": "7", "all": True}),
    "settings of axios": ("axios({method: 'post', url: '/x', data: {ch: 7}})", "/x", {"ch": 7}),
    "what axios posts as a form": ("axios.post('/x', Qs.stringify({ch: 7, pn: 1}))", "/x", "ch=7&pn=1"),
    "a body of fetch": (
        "fetch('/x', {method: 'POST', body: JSON.stringify({ch: 7})}).then(r => r.json())",
        "/x",
        '{"ch": 7}',
    ),
    "fetch alone": ("const r = await fetch('/x?ch=7');", "/x?ch=7", None),
    "an XMLHttpRequest": (
        "var x = new XMLHttpRequest(); x.open('POST', '/x', true); x.send('ch=7&page=1');",
        "/x",
        "ch=7&page=1",
    ),
    "a form that is put together": (
        "var f = new FormData(); f.append('ch', 7); f.append('n', '5'); $.post('/x', f)",
        "/x",
        "ch=7&n=5",
    ),
    "the data of a component": (
        "new Vue({el: '#a', data: {ch: '7', q: {n: 5}}, methods: {load() { $.get('/x', {ch: this.ch}); }}})",
        "/x?ch=7",
        None,
    ),
    "what a component was given": (
        "new Vue({data: {q: {}}, methods: {f() { this.q.ch = 7; this.q.n = 5; $.get('/x', this.q) }}})",
        "/x?ch=7&n=5",
        None,
    ),
    "what a component was given under another name": (
        "new Vue({data: {q: {ch: 7}}, methods: {f() { let o = this.q; o.n = 5; $.get('/x', o) }}})",
        "/x?ch=7&n=5",
        None,
    ),
    "what a component returns": (
        "export default {data() { return {ch: 7} }, created() { $.get('/x', {ch: _this.ch}) }}",
        "/x?ch=7",
        None,
    ),
    "a parameter at its call": (
        "function load(id, page) { $.get('/x?id=' + id + '&page=' + page); } load('a7', 1);",
        "/x?id=a7&page=1",
        None,
    ),
    "a parameter in settings": (
        "var load = function (id) { $.ajax({url: '/x', data: {id: id}}); }; $(function () { load(7) })",
        "/x?id=7",
        None,
    ),
    "what a reader fills in": ("$.get('/x', {w: $('#w').val(), ch: 7})", "/x?w=&ch=7", None),
    "what a field of the page holds": (
        "$.get('/x?ch=' + document.getElementById('ch').value)",
        "/x?ch=a7",
        None,
    ),
    "a form of the page": ("$('#f').submit()", "/list.do", "ch=a7&page=1"),
    "a form of the page as text": ("$.post('/x', $('#f').serialize())", "/x", "ch=a7&page=1"),
    "an escaped value": ("$.get('/x?w=' + encodeURIComponent('年报'))", "/x?w=%E5%B9%B4%E6%8A%A5", None),
    "a page that is worked out": ("var page = at(); $.get('/x?page=' + page)", "/x?page=1", None),
    "an offset": (
        "var size = 20; $.get('/x?n=' + size + '&from=' + (page - 1) * size)",
        "/x?n=20&from=0",
        None,
    ),
    "a name that stands in": ("var ch = '' || '7'; $.get('/x?ch=' + ch)", "/x?ch=7", None),
    "what keeps it from being cached": ("$.get('/x?ch=7&t=' + new Date().getTime())", "/x?ch=7", None),
    "a random field": ("$.get('/x', {ch: 7, r: Math.random()})", "/x?ch=7", None),
    "a table of layui": ("layui.table.render({elem: '#a', url: '/x', where: {ch: 7}})", "/x?ch=7", None),
    "what is loaded into an element": ("$('#a').load('/x?ch=7&page=' + page)", "/x?ch=7&page=1", None),
    "what is loaded by POST": ("$('#a').load('/x #ul', {ch: 7})", "/x", "ch=7"),
    "an address before all of axios": (
        "axios.defaults.baseURL = '/prod-api/'; axios.get('/x?ch=7')",
        "/prod-api/x?ch=7",
        None,
    ),
    "an address before those of one axios": (
        "const http = axios.create({baseURL: '/prod-api'}); http.get('/x', {params: {ch: 7}})",
        "/prod-api/x?ch=7",
        None,
    ),
    "an address before those of a component": (
        "axios.defaults.baseURL = '/api'; new Vue({methods: {f() { this.$http.get('/x?ch=7') }}})",
        "/api/x?ch=7",
        None,
    ),
    "settings of one axios in a variable": (
        "const s = {baseURL: '/api'}; const h = axios.create(s); h.get('/x', {params: {ch: 7}})",
        "/api/x?ch=7",
        None,
    ),
    "an address before that of one request": ("axios({baseURL: '/api', url: 'x?ch=7'})", "/api/x?ch=7", None),
    "what jQuery always sends": (
        "$.ajaxSetup({data: {site: 9}}); $.get('/x', {ch: 7}, show)",
        "/x?site=9&ch=7",
        None,
    ),
    "what is reactive": (
        "const q = reactive({n: 5}), ch = ref(7); axios.get('/x', {params: {ch: ch.value, n: q.n}})",
        "/x?ch=7&n=5",
        None,
    ),
    "a grid of EasyUI": (
        "$('#g').datagrid({url: '/x', method: 'get', queryParams: {ch: 7}})",
        "/x?ch=7",
        None,
    ),
    "a grid of jQuery": ("$('#g').jqGrid({url: '/x', mtype: 'POST', postData: {ch: 7}})", "/x", "ch=7"),
    "what only shows that it loads": (
        "$.ajax({url: '/x', data: {ch: 7}, beforeSend: function (x, s) { show('wait') }})",
        "/x?ch=7",
        None,
    ),
    "a way that jQuery always sends": (
        "$.ajaxSetup({type: 'POST'}); $.ajax({url: '/x', data: {ch: 7}})",
        "/x",
        "ch=7",
    ),
    "a grid of EasyUI that says no way": (
        "$('#g').datagrid({url: '/x', queryParams: {ch: 7}})",
        "/x",
        "ch=7",
    ),
    "an address within a query": (
        "axios.defaults.baseURL = '/api'; axios.get('/x?from=http://a/')",
        "/api/x?from=http://a/",
        None,
    ),
    "a broken script": ("var a = [1, 2; $.get('/x?ch=7'", "/x?ch=7", None),
    "a slash that divides nothing": ("s.replace(/'/g, ''); $.get('/x?ch=7')", "/x?ch=7", None),
    "what another axios changes": (
        "const o = axios.create(); o.interceptors.request.use(sign); axios.get('/x?ch=7')",
        "/x?ch=7",
        None,
    ),
    "what axios changes of its own": (
        "axios.interceptors.request.use(sign); const h = axios.create(); h.get('/x?ch=7')",
        "/x?ch=7",
        None,
    ),
    "what jQuery changes of its own": ("$.ajaxPrefilter(sign); fetch('/x?ch=7')", "/x?ch=7", None),
    "what an element bears": (
        "const el = document.getElementById('w'); fetch(el.dataset.api + '&n=' + el.dataset.pageSize)",
        "/x?ch=7&n=8",
        None,
    ),
    "what an element in a variable bears": (
        "var $w = $('#w'); $.get($w.data('api'), {n: 5})",
        "/x?ch=7&n=5",
        None,
    ),
}
PAGE = """<form id="f" action="/list.do" method="post"><input id="ch" name="ch" value="a7">
<input name="page" value="1"></form><input id="w" data-api="/x?ch=7" data-page-size="8">"""


@pytest.mark.parametrize("name", WHOLE)
def test_a_request_is_read_whole(name: str) -> None:
    script, url, body = WHOLE[name]
    request = next(each.as_request() for each in stated(script, PAGE))
    assert request is not None
    assert request.url == f"{HOME}{url}"
    if isinstance(body, dict):
        assert json.loads(request.body or "") == body
        assert request.content_type == "application/json"
    else:
        assert request.body == body


REFUSED = {
    "a variable that nobody sets": ("$.get('/x?ch=' + ch)", "ch = ch"),
    "a field that nobody sets": ("$.post('/x', {ch: ch, n: 5})", "ch = ch"),
    "what a function gives": ("$.get('/x?id=' + pick(3))", "id = pick(3)"),
    "an element that is not there": ("$.get('/x?ch=' + $('#gone').val())", "ch = $('#gone').val()"),
    "what stands in the address": ("$.get('/x?ch=' + getQueryString('ch'))", "ch = getQueryString('ch')"),
    "what one of two elements bears": (
        "var el = document.getElementById('w'); el = other; $.get('/x?ch=' + el.dataset.api)",
        "ch = document.getElementById('w')",
    ),
    "an unknown part of a path": ("$.get('/x/' + kind + '/list')", " = kind"),
    "fields nobody sets": ("$.post('/x', params)", " = params"),
    "fields nobody sets behind a query": ("$.get('/x?a=1', params, show)", " = params"),
    "a variable set to two things": ("var ch = 7; if (a) { ch = 8; } $.get('/x?ch=' + ch)", "ch = ch"),
    "a choice": ("$.get('/x', {ch: a ? 7 : 8})", "ch = a ? 7 : 8"),
    "an object that is spread": ("$.get('/x', {...more, ch: 7})", "... = more"),
    "a field of unknown name": ("var p = {a: 1}; p[key] = 2; $.get('/x', p)", "* = p.*"),
    "an object that is added to elsewhere": (
        "var p = {a: 1}; Object.assign(p, more); $.get('/x', p)",
        "... = more",
    ),
    "a field whose name has a dot": ("var o = {n: 5}; o['e.ch'] = 7; $.get('/x', o)", "* = o.*"),
    "a form that has text before it is added to": (
        "var f = new URLSearchParams({n: 5}); f.append('ch', 7); fetch('/x?' + f.toString())",
        " = f",
    ),
    "a field that is there twice": (
        "var f = new FormData(); f.append('ch', 7); f.append('ch', 8); $.post('/x', f)",
        "ch = f.ch",
    ),
    "a field that is set and merged": (
        "var o = {n: 5}; o.ch = 7; $.extend(o, {ch: 8}); $.get('/x', o)",
        "ch = o.ch",
    ),
    "a field that a function sets otherwise": (
        "var o = {ch: 7}; function other() { o.ch = 8; } $.get('/x', o)",
        "ch = o.ch",
    ),
    "a list that is added to": ("var o = {ids: []}; o.ids.push(7); axios.post('/x', o)", "ids = o.ids"),
    "an object in a list that is set": (
        "var o = {c: [{f: 'ch', v: ''}]}; o.c[0].v = 7; axios.post('/x', o)",
        "c = o.c",
    ),
    "an object that is made of itself": ("var p = {n: 5}; p = {...p, ch: 7}; $.get('/x', p)", " = p"),
    "a number that is made of itself": ("var n = 5; n = n * 2; $.get('/x?n=' + n)", "n = n"),
    "what a function adds elsewhere": (
        "var o = {ch: 7}; function add(f) { f.n = 5; } add(o); $.get('/x', o)",
        " = o",
    ),
    "what is added under another name": ("var o = {ch: 7}; var s = o; s.n = 5; $.get('/x', o)", " = o"),
    "a field that grows": ("var o = {ch: 'a'}; o.ch += 'b'; $.get('/x', o)", "ch = o.ch"),
    "an address nobody sets": ("$.get(url, {ch: 7})", " = url"),
    "a field that is added and unknown": ("var p = {a: 1}; p.ch = pick(); $.get('/x', p)", "ch = pick()"),
    "what a reader may add": ("var u = '/x?a=1'; function f() { u += '&b=2'; } $.get(u)", " = u"),
    "an object within a form": ("$.post('/x', {q: {n: 5}})", 'q = {"n": 5}'),
    "a call with what is unknown": ("function f(ch) { $.get('/x?ch=' + ch) } f(pick())", "ch = pick()"),
    "a parameter that nobody gives": ("function f(ch) { $.get('/x?ch=' + ch) }", "ch = ch"),
    "a list where fields belong": ("$.post('/x', [1, 2])", " = [1, 2]"),
    "a time within JSON": ("axios.post('/x', {ch: 7, at: Date.now()})", "…"),
    "settings that are spread": ("$.ajax({url: '/x', ...rest})", "... = …"),
    "settings that are made": ("$.ajax('/x', settings(5))", " = settings(5)"),
    "what is loaded from nobody knows where": ("$('#a').load(url, {ch: 7})", " = url"),
    "an address before it nobody sets": ("axios.defaults.baseURL = base; axios.get('/x?ch=7')", " = base"),
    "an address of axios nobody sets": ("axios.get(url)", " = url"),
    "an address of fetch nobody sets": ("fetch(new Request('/x?ch=7'))", "Request('/x?ch=7')"),
    "what jQuery always sends and nobody sets": (
        "$.ajaxSetup({data: {site: site}}); $.get('/x', {ch: 7}, show)",
        "site = site",
    ),
    "what is changed before it is sent": (
        "$.ajax({url: '/x', data: {ch: 7}, beforeSend: function (x, s) { s.url += '&n=5' }})",
        "beforeSend = function",
    ),
    "what is written otherwise before it is sent": (
        "axios({url: '/x', method: 'post', data: {ch: 7}, transformRequest: [d => sign(d)]})",
        "transformRequest = function",
    ),
    "fields that a function gives": (
        "$('#t').bootstrapTable({url: '/x', method: 'get', queryParams: function (p) { return {ch: 7} }})",
        "queryParams = function",
    ),
    "what is said behind the call": ("superagent.get('/x').query({ch: 7})", "query = superagent.get('/x')"),
    "a field that is taken away": ("var p = {a: 1, b: 2}; delete p.b; $.get('/x', p)", "b = delete p.b"),
    "an object that is taken apart": (
        "const q = {ch: 7}; const {ch} = q; q.ch = 8; axios.get('/x', {params: {ch}})",
        "ch = {ch}",
    ),
    "what jQuery calls with its settings as this": (
        "$.ajax({url: '/x', data: {ch: 7}, beforeSend: function () { this.url += '&n=5' }})",
        "beforeSend = function",
    ),
    "what is called before it is sent by name": (
        "function add(x, s) { s.url += '&n=5' } $.ajax({url: '/x', data: {ch: 7}, beforeSend: add})",
        "beforeSend = function",
    ),
    "what is added to before it is sent": (
        "$.ajax({url: '/x', data: {ch: 7}, beforeSend: function (x, s) { $.extend(s, {url: '/y'}) }})",
        "beforeSend = function",
    ),
    "what is looked at before it is sent": (
        "$.ajax({url: '/x', data: {ch: 7}, beforeSend: function (x, s) { show(s.url) }})",
        "beforeSend = function",
    ),
    "what is handed on before it is sent": (
        "$.ajax({url: '/x', data: {ch: 7}, beforeSend: function (x, s) { sign(s) }})",
        "beforeSend = function",
    ),
    "what is changed before anything is sent": (
        "$.ajaxSetup({beforeSend: function (x, s) { s.url += '&n=5' }}); $.get('/x', {ch: 7}, show)",
        "beforeSend = function",
    ),
    "what a function always sends": (
        "$.ajaxSetup({data: function () { return {site: 9} }}); $.get('/x', {ch: 7}, show)",
        "data = function",
    ),
    "what jQuery changes in all": (
        "$.ajaxPrefilter(function (o) { o.url += '&n=5' }); $.get('/x', {ch: 7}, show)",
        "$.ajaxPrefilter",
    ),
    "what jQuery is told of all": (
        "$(document).ajaxSend(function (e, x, o) { o.url += '&n=5' }); $.get('/x', {ch: 7}, show)",
        "ajaxSend",
    ),
    "what is set for all of jQuery": (
        "$.ajaxSettings.data = {site: 9}; $.get('/x', {ch: 7}, show)",
        "$.ajaxSettings.data",
    ),
    "what axios changes in all": (
        "axios.interceptors.request.use(c => { c.params.site = 9; return c }); axios.get('/x?ch=7')",
        "axios.interceptors.request.use",
    ),
    "what is set for all of axios": (
        "axios.defaults.params = {site: 9}; axios.get('/x', {params: {ch: 7}})",
        "axios.defaults.params",
    ),
    "what is merged for all of axios": (
        "Object.assign(axios.defaults, {params: {site: 9}}); axios.get('/x?ch=7')",
        "axios.defaults",
    ),
    "what one axios changes in its own": (
        "const h = axios.create(); h.interceptors.request.use(sign); h.get('/x?ch=7')",
        "h.interceptors.request.use",
    ),
    "what is changed in a client that nobody knows": (
        "const h = make(axios); h.interceptors.request.use(sign); axios.get('/x?ch=7')",
        "h.interceptors.request.use",
    ),
    "what is asked for by a client that nobody knows": (
        "const h = axios.create(); h.interceptors.request.use(sign); request({url: '/x', type: 'get'})",
        "h.interceptors.request.use",
    ),
    "a default of the axios that another is made of": (
        "axios.defaults.transformRequest = sign; const h = axios.create(); h.post('/x', {ch: 7})",
        "axios.defaults.transformRequest",
    ),
    "one of two clients of one name": (
        (
            "function a() { const h = axios.create(); } function b() { const h = other(); h.get('/x?ch=7') }"
            "axios.interceptors.request.use(sign)"
        ),
        "axios.interceptors.request.use",
    ),
    "an attribute that is not there": (
        "$.get('/x?ch=' + $('#gone').data('channel'))",
        "ch = $('#gone').data('channel')",
    ),
    "one axios made of nobody knows what": (
        "const h = axios.create(settings()); h.get('/x', {params: {ch: 7}})",
        " = ...",
    ),
    "a text that jQuery always sends": (
        "$.ajaxSetup({data: 'site=9'}); $.get('/x', {ch: 7}, show)",
        "data = site=9",
    ),
    "parameters of one axios": (
        "const h = axios.create({baseURL: '/api', params: {site: 9}}); h.get('/x', {params: {ch: 7}})",
        " = params",
    ),
    "what one axios writes otherwise": (
        "const h = axios.create({baseURL: '/api', transformRequest: [d => sign(d)]}); h.post('/x', {ch: 7})",
        " = transformRequest",
    ),
    "what one axios posts, whatever its address says": (
        "const h = axios.create({method: 'post'}); h.get('/x?method=query')",
        " = method",
    ),
    "what is spread for all of jQuery": ("$.ajaxSetup({...more}); $.get('/x', {ch: 7}, show)", " = ..."),
    "two axios of one name": (
        (
            "function a() { const h = axios.create({baseURL: '/a'}); h.get('/x?ch=7') } "
            "function b() { const h = axios.create({baseURL: '/b'}); h.get('/y?ch=7') }"
        ),
        "h baseURL",
    ),
    "parameters that a function writes": (
        "axios.get('/x', {params: {ch: 7}, paramsSerializer: p => sign(p)})",
        "paramsSerializer = function",
    ),
    "what is said far behind the call": (
        "superagent.get('/x').set('Accept', 'json').query({ch: 7})",
        "query = superagent.get('/x')",
    ),
    "what is sent far behind the call": (
        "superagent.post('/x').type('form').send({ch: 7})",
        "send = superagent.post('/x')",
    ),
    "a grid of jQuery that a function writes": (
        (
            "$('#g').jqGrid({url: '/x', mtype: 'POST', postData: {ch: 7}, "
            "serializeGridData: function (p) { p.site = 9; return p }})"
        ),
        "serializeGridData = function",
    ),
    "a grid of EasyUI that a function writes": (
        "$('#g').datagrid({url: '/x', queryParams: {ch: 7}, onBeforeLoad: p => { p.site = 9 }})",
        "onBeforeLoad = function",
    ),
    "JSON of what is unknown": ("axios.post('/x', {ch: 7, q: {n: n}})", "n = n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_is_not_whole_is_refused_with_its_words(name: str) -> None:
    script, words = REFUSED[name]
    found = stated(script)
    assert found
    assert all(each.as_request() is None for each in found)
    assert words in str(unread_words(found[0], {}))


LOOKING = "function find(name) { return new RegExp(name + '=([^&]*)').exec(location.search)[1]; }"


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        (f"{LOOKING} $.get('/x?ch=' + find('id'))", "/x?ch=7"),
        (f"{LOOKING.replace('location', 'window.location')} $.get('/x', {{ch: find('id')}})", "/x?ch=7"),
        (f"{LOOKING} var ch = find('id'); $.get('/x', {{ch: ch}})", "/x?ch=7"),
        (f"{LOOKING} $.get('/x', {{ch: find('no')}})", None),
        (f"{LOOKING} $.get('/x', {{ch: find('id', 2)}})", None),
        (f"{LOOKING.replace('location.search', 'document.cookie')} $.get('/x', {{ch: find('id')}})", None),
        ("$.get('/x', {ch: find('id')})", None),
    ],
    ids=["in an address", "of the window", "kept", "not there", "two", "of a cookie", "unknown function"],
)
def test_what_a_page_looks_up_in_its_own_address_is_what_stands_there(script: str, asked: str | None) -> None:
    at = f"{HOME}/list.html?id=7&page=1"
    (request,) = [each.as_request() for each in stated_requests(read_scripts(script), at)]
    assert (request and request.url) == (asked and HOME + asked)


@pytest.mark.parametrize("name", [name for name, (_, words) in REFUSED.items() if words.startswith(" = ")])
def test_what_is_no_field_is_settled_by_no_answer(name: str) -> None:
    script, words = REFUSED[name]
    field = words.removeprefix(" = ")
    (found, *_) = stated(script)
    assert words in str(unread_words(found, {field: "7"}))


@pytest.mark.parametrize("script", ["$.ajax({url: '/x', type: 'delete', data: {a: 1}})", "names.get('a7')"])
def test_what_asks_for_no_list_is_no_request(script: str) -> None:
    assert stated(script) == []


def test_a_function_is_read_for_each_of_its_calls() -> None:
    calls = " ".join(f"load({number});" for number in range(20))
    found = stated(f"function load(id) {{ $.get('/x?id=' + id) }} {calls}")
    assert [each.url for each in found] == [f"{HOME}/x?id={number}" for number in range(LISTS.call_sites)]


def test_a_name_that_doubles_in_every_line_ends_soon() -> None:
    lines = "".join(f"var a{n + 1} = a{n} + a{n};" for n in range(60))
    (found,) = stated(f"var a0 = '/x?a='; {lines} $.get(a60)")
    assert found.as_request() is None


LONG = {
    "calls": "$.get('/x?a=' + b, {c: d});",
    "requests opened": "x.open('GET', '/x');",
    "names of names": "var a = b; b = a;",
    "fields of fields": "a.",
    "sums and differences": "a + b - ",
    "products": "a * ",
    "functions in functions": "function f(a) { f(a); ",
    "arrows": "a => ",
    "objects in objects": "{a: ",
    "templates": "`${",
    "added fields": "p.a = 1; p.append('a', p); $.get('/x', p);",
    "forms sent": "$('#f').submit();",
    "calls of calls": "f()",
    "functions before it is sent": "$.ajax({url: '/x', beforeSend: function (x, s) { show(s) }});",
    "what is said behind calls": "f().query(a).",
    "quotes": "'",
    "slashes": "/ ",
}


LENGTH = 200_000 if SOAK else 60_000


@series
@pytest.mark.parametrize("piece", LONG.values(), ids=LONG)
def test_time_is_in_proportion_to_the_script(piece: str) -> None:
    started = time.process_time()
    stated(piece * (LENGTH // len(piece)))
    # Measured alone a fifth of this; what grows with the square takes minutes.
    assert time.process_time() - started < 5 * LENGTH / 200_000


@series
def test_time_is_in_proportion_to_the_addresses_of_a_page() -> None:
    written = "".join(f"var u{number} = '/api/list?a={number}&b=1';" for number in range(LENGTH // 8))
    root = parse_markup(f"<html><body><script>{written}</script></body></html>")
    started = time.process_time()
    assert len(requests_on(root, f"{HOME}/", re.compile("/api/"))) == LENGTH // 8
    # Measured alone a fifth of this; the square took some ten seconds.
    assert time.process_time() - started < 3 * LENGTH / 60_000


def test_an_address_that_another_begins_with_is_no_request() -> None:
    root = parse_markup(
        "<html><body><script>var a = '/api?a=1', b = a + '&b=2', c = '/api?c';</script></body></html>"
    )
    found = requests_on(root, f"{HOME}/", re.compile("/api"))
    assert [each.url.removeprefix(HOME) for each in found] == ["/api?a=1&b=2", "/api?c"]


VALUES = {
    "7": "7",
    "'a'": "a",
    "known": "k",
    "o.f": "f",
    "`t${known}`": "tk",
    "unset": None,
    "pick(1)": None,
    "a ? 1 : 2": None,
    "$('#w').val()": "",
    "'x' + known": "xk",
    "'x' + unset": None,
    "[1]": None,
}
FIELDS = st.dictionaries(
    st.sampled_from(["ch", "n", "site", "kind"]), st.sampled_from(sorted(VALUES)), min_size=1
)
SENDING = {
    "$.get('/x', {%s}, f)": False,
    "$.post('/x', {%s})": True,
    "$.ajax({url: '/x', data: {%s}})": False,
    "$.ajax({type: 'post', url: '/x', data: {%s}})": True,
    "var p = {%s}; $.get('/x', p)": False,
    "axios.get('/x', {params: {%s}})": False,
    "axios.post('/x', Qs.stringify({%s}))": True,
    "function f(p) { $.post('/x', p) } f({%s});": True,
    "new Vue({data: {q: {%s}}, methods: {f() { $.get('/x', this.q) }}})": False,
}


@settings(max_examples=300, deadline=None)
@given(
    fields=FIELDS,
    call=st.sampled_from(sorted(SENDING)),
    later=st.sampled_from(["", "p.more = 1;", "more();"]),
)
def test_no_request_has_less_in_it_than_the_page_says(fields: dict[str, str], call: str, later: str) -> None:
    written = ", ".join(f"{name}: {value}" for name, value in fields.items())
    found = stated(f"var known = 'k', o = {{f: 'f'}}; {call % written} {later}", '<input id="w">')
    expected = {name: VALUES[value] for name, value in fields.items()}
    for each in found:
        request = each.as_request()
        if request is None:
            assert None in expected.values()
            assert unread_words(each, {})
            continue
        sent = request.body if SENDING[call] else urlsplit(request.url).query
        said = dict(parse_qsl(sent or "", keep_blank_values=True))
        assert {**said, "more": "1"} == {**expected, "more": "1"}
    assert found
