"""Addresses of the board and of the lists behind it."""

from django.urls import path

from keepwell.web.board import views

urlpatterns = [
    path("board/", views.board, name="board"),
    path("board/goals/new/", views.set_goal, name="set_goal"),
    path("board/gaps/<slug:id>/", views.gap, name="board_gap"),
    path("board/discipline/<slug:id>/", views.done, name="board_discipline"),
]
